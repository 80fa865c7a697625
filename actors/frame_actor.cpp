// The end of a lane: what passes is looked at once more, encoded and batched.
#include "actors/lane_passing.hpp"
#include "actors/statement_descriptions.hpp"

namespace pgmuster {

namespace {

/// How often batches are looked at for their age.
constexpr milliseconds age_step{250};

} // namespace

frame_actor::frame_actor(caf::actor_config& config, lane_place where)
  : caf::event_based_actor(config),
    where_(std::move(where)),
    assembly_(where_.shared->config,
              where_.shared->books,
              where_.shared->lane_counted[where_.lane]) {}

caf::behavior frame_actor::make_behavior() {
  return {
    [this](passing& message) {
      count_in(where_, stage::frame, message);
      clean(*message.seen);
      send(assembly_.add(*message.seen, *message.lease, message.went,
                         message.made, where_.shared->clock->mono()));
      watch_age();
    },
    // Batches are cut by age, and rows of deltas are forgotten by it.
    [](const forget_gone&) {},
    [this](const age_check&) {
      age_watched_ = false;
      send(assembly_.take_old(where_.shared->clock->mono()));
      watch_age();
    },
    [this](const flush_lane& flush) {
      send(assembly_.take_all());
      (*flush.done)();
    },
    [this](const marker& passed) { on_marker(passed); },
  };
}

/// The last place where a text can be looked at: then it is bytes.
void frame_actor::clean(observation& seen) {
  std::size_t found = 0;
  for (auto& block : seen.blocks) {
    found += clean_words(block, *where_.shared->net);
  }
  found += clean_words(seen.events, *where_.shared->net);
  if (found > 0) {
    where_.shared->metrics->count(
      "pgmuster_scrubbed_total",
      "What looked like a secret in names, tags and messages, and was taken "
      "out.",
      static_cast<double>(found));
  }
}

void frame_actor::on_exit() {
  assembly_.clear();
}

void frame_actor::on_marker(const marker& passed) {
  leave_counts(where_, stage::frame, passed);
  const auto& counted = where_.shared->lane_counted[where_.lane];
  auto& found = passed.pass->found[where_.lane];
  found.went = counted.went;
  found.outlets = counted.outlets;
  for (const auto& [key, points] : assembly_.batching()) {
    found.outlets[key].batching = points;
  }
  where_.shared->metrics->gauge(
    "pgmuster_delta_rows", "Rows whose last values are held for delta routes.",
    static_cast<double>(assembly_.deltas().rows()), "lane",
    std::to_string(where_.lane));
  for (const auto& exporter : where_.shared->stages->exporters()) {
    cafc::tell(exporter, passed);
  }
  passed.pass->all.one_done();
}

void frame_actor::send(std::vector<finished_frame> frames) {
  for (auto& one : frames) {
    const auto exporter =
      where_.shared->stages->find_exporter(one.what->route, one.what->shard);
    cafc::tell(exporter, frame_ready{std::move(one.what), std::move(one.lease),
                                     where_.lane});
  }
}

void frame_actor::watch_age() {
  if (age_watched_ || assembly_.empty()) {
    return;
  }
  age_watched_ = true;
  const auto self = caf::actor_cast<caf::actor>(this);
  where_.shared->loop->start_timer(where_.shared->clock->mono() + age_step,
                                   [self] { cafc::tell(self, age_check{}); });
}

} // namespace pgmuster
