#include "actors/lane_actors.hpp"

#include "config/limits.hpp"
#include "drivers/postgres/fingerprint/fingerprint.hpp"
#include "drivers/postgres/fingerprint/lexical.hpp"
#include "drivers/postgres/sessions/session_events.hpp"
#include "routing/schedule.hpp"

#include <algorithm>

namespace pgmuster {

namespace {

/// How often batches are looked at for their age.
constexpr milliseconds age_step{250};

/// What a marker will find that this stage has taken in.
void count_in(const lane_place& where, stage here, const passing& message) {
  auto& counted = where.shared->lane_counted[where.lane];
  counted.entered[static_cast<std::size_t>(here)][message.seen->of->tenant] +=
    message.lease->points();
}

/// Leaves this stage's counts with the marker.
void leave_counts(const lane_place& where, stage here, const marker& passed) {
  const auto which = static_cast<std::size_t>(here);
  passed.pass->found[where.lane].entered[which] =
    where.shared->lane_counted[where.lane].entered[which];
}

/// Sends on what only passes through this stage, in order.
template <class Message>
void hand_on(const lane_place& where, stage next, Message&& message) {
  cafc::tell(where.shared->stages->find(where.lane, next),
             std::forward<Message>(message));
}

/// The one place where the words of a customer's queries become words that may
/// leave.
query_reader reader_of_queries() {
  return {[](std::string_view text) {
            return read_query{postgres::fingerprint_of(text).value,
                              postgres::lexical_shape(text)};
          },
          [](std::string_view words) { return std::string{words}; },
          postgres::application_name_key};
}

} // namespace

// -- fingerprint
// ---------------------------------------------------------------

fingerprint_actor::fingerprint_actor(caf::actor_config& config,
                                     lane_place where)
  : caf::event_based_actor(config),
    where_(std::move(where)),
    series_([](std::string_view text) {
      return postgres::fingerprint_of(text).value;
    }),
    names_(reader_of_queries()) {}

caf::behavior fingerprint_actor::make_behavior() {
  return {
    [this](passing& message) {
      count_in(where_, stage::fingerprint, message);
      names_.learn(*message.seen);
      series_.absorb(*message.seen);
      names_.name(*message.seen, series_);
      hand_on(where_, stage::cardinality, std::move(message));
    },
    [this](const forget_gone& gone) {
      where_.shared->metrics->count(
        "pgmuster_names_forgotten_total",
        "Identities of statements whose database or target is gone.",
        static_cast<double>(series_.forget(gone.target, gone.database)));
      hand_on(where_, stage::cardinality, gone);
    },
    [this](const flush_lane& flush) {
      hand_on(where_, stage::cardinality, flush);
    },
    [this](const marker& passed) {
      leave_counts(where_, stage::fingerprint, passed);
      hand_on(where_, stage::cardinality, passed);
    },
  };
}

// -- cardinality
// ---------------------------------------------------------------

cardinality_actor::cardinality_actor(caf::actor_config& config,
                                     lane_place where)
  : caf::event_based_actor(config), where_(std::move(where)) {}

caf::behavior cardinality_actor::make_behavior() {
  return {
    [this](passing& message) {
      count_in(where_, stage::cardinality, message);
      shape(message);
      hand_on(where_, stage::sampler, std::move(message));
    },
    [this](const forget_gone& gone) {
      forget(gone);
      hand_on(where_, stage::sampler, gone);
    },
    [this](const flush_lane& flush) { hand_on(where_, stage::sampler, flush); },
    [this](const marker& passed) {
      leave_counts(where_, stage::cardinality, passed);
      hand_on(where_, stage::sampler, passed);
    },
  };
}

void cardinality_actor::shape(passing& message) {
  auto& seen = *message.seen;
  auto& here = instances_[seen.of->hash];
  auto& unchanged =
    here.unchanged.try_emplace(message.database, refresh_limits{}, room_)
      .first->second;
  for (auto& block : seen.blocks) {
    const auto kept = unchanged.filter(block, seen.time, seen.of->hash);
    message.went.passed += kept.passed;
    message.went.unchanged += kept.unchanged;
    message.made += kept.made;
  }
  message.went.unchanged += seen.unchanged;
  for (const auto& read : seen.entries) {
    cardinality_limits bounds;
    bounds.kept_max = read.kept;
    bounds.ranked_by = read.ranked_by;
    bounds.refresh_after = limits::refresh_after;
    auto& family = here.families[{read.layout->probe, read.database}];
    auto outcome = family.absorb(read, bounds, seen.time, seen.of->hash);
    message.went.passed += outcome.went.passed;
    message.went.unchanged += outcome.went.unchanged;
    message.went.folded += outcome.went.folded;
    message.made += outcome.made;
    if (outcome.violations > 0) {
      where_.shared->metrics->count(
        "pgmuster_cardinality_violations_total",
        "Cycles whose kept, other and unattributed deltas did not add up.",
        static_cast<double>(outcome.violations));
    }
    seen.blocks.push_back(std::move(outcome.block));
  }
  seen.entries.clear();
}

void cardinality_actor::forget(const forget_gone& gone) {
  const auto known = instances_.find(gone.target);
  if (known == instances_.end()) {
    return;
  }
  auto& here = known->second;
  std::size_t families = here.families.size();
  if (gone.database.empty()) {
    instances_.erase(known);
  } else {
    here.unchanged.erase(gone.database);
    families = std::erase_if(here.families, [&](const auto& one) {
      return one.first.second == gone.database;
    });
  }
  where_.shared->metrics->count(
    "pgmuster_families_forgotten_total",
    "Accumulated families whose database or target is gone.",
    static_cast<double>(families));
}

// -- sampler
// -------------------------------------------------------------------

sampler_actor::sampler_actor(caf::actor_config& config, lane_place where)
  : caf::event_based_actor(config), where_(std::move(where)) {}

caf::behavior sampler_actor::make_behavior() {
  return {
    [this](passing& message) {
      count_in(where_, stage::sampler, message);
      choose(message);
      hand_on(where_, stage::frame, std::move(message));
    },
    [this](const forget_gone& gone) {
      if (gone.database.empty()) {
        allowances_.erase(gone.target);
      }
      hand_on(where_, stage::frame, gone);
    },
    [this](const flush_lane& flush) { hand_on(where_, stage::frame, flush); },
    [this](const marker& passed) {
      leave_counts(where_, stage::sampler, passed);
      hand_on(where_, stage::frame, passed);
    },
  };
}

void sampler_actor::choose(passing& message) {
  auto& events = message.seen->events;
  if (events.empty()) {
    return;
  }
  auto& went = message.went;
  if (where_.shared->memory.state() != memory_state::ample) {
    add_to(went.dropped, dropped_for(drop_reason::memory, events.size()));
    events.clear();
    return;
  }
  weigh_samples(message);
  const auto before = events.size();
  std::erase_if(events, [](const target_event& one) {
    return one.kind == event_kind::sample && one.weight <= 0;
  });
  went.sampled_out += before - events.size();
  add_to(went.dropped,
         dropped_for(drop_reason::event_limit, tell_changes(message)));
  went.passed += events.size();
}

void sampler_actor::weigh_samples(passing& message) {
  auto& events = message.seen->events;
  std::vector<sample_traits> samples;
  for (const auto& one : events) {
    if (one.kind == event_kind::sample) {
      samples.push_back(one.sample);
    }
  }
  const auto& tenant = message.seen->of->tenant;
  const auto policy = where_.shared->events.find(tenant);
  if (samples.empty() || policy == where_.shared->events.end()) {
    return;
  }
  auto& sampler = samplers_
                    .try_emplace(tenant, policy->second->how,
                                 stable_hash(tenant.value(), "samples"))
                    .first->second;
  const auto weights = sampler.choose(samples, policy->second->budget,
                                      where_.shared->clock->mono());
  auto weight = weights.begin();
  for (auto& one : events) {
    if (one.kind == event_kind::sample) {
      one.weight = *weight++;
    }
  }
}

/// What has changed or is wrong is told, but no flood of it; returns how many
/// were left out.
std::uint64_t sampler_actor::tell_changes(passing& message) {
  auto& events = message.seen->events;
  const auto is_change = [](const target_event& one) {
    return one.kind == event_kind::change;
  };
  const auto changes = static_cast<std::uint64_t>(
    std::count_if(events.begin(), events.end(), is_change));
  if (changes == 0) {
    return 0;
  }
  auto left = allowances_[message.seen->of->hash].take(
    changes, where_.shared->clock->mono(), event_limits{});
  return std::erase_if(events, [&](const target_event& one) {
    if (!is_change(one)) {
      return false;
    }
    const bool told = left > 0;
    left -= told ? 1U : 0U;
    return !told;
  });
}

// -- frame
// ---------------------------------------------------------------------

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
