#include "actors/spool_books.hpp"

namespace pgmuster {

namespace {

constexpr auto full_words = "the spool let its oldest frames go: it is full";
constexpr auto corrupt_words = "the spool is damaged there, or parts of it are "
                               "gone; what is lost is counted";
constexpr auto trimmed_words =
  "the quarantine let its oldest frames go: it is full";

} // namespace

void spool_books::recovered(const spooling::partition_key& of,
                            std::uint64_t points) {
  shared_.books.delivery(of.tenant, of.route)->recover(points);
  if (shared_.config.routes.count(of.route) == 0) {
    shared_.log->log(log_level::warning,
                     "spooled frames are for a route that is not configured; "
                     "`pgmuster spool` sends or drops them",
                     {{"route", of.route.value()},
                      {"tenant", of.tenant.value()},
                      {"points", std::to_string(points)}});
    return;
  }
  shared_.log->log(log_level::info, "frames of an earlier run are in the spool",
                   {{"route", of.route.value()},
                    {"tenant", of.tenant.value()},
                    {"points", std::to_string(points)}});
}

void spool_books::lost(const spooling::partition_key& of,
                       const spooling::spool_loss& what) {
  const auto full = what.why == spooling::spool_loss::reason::full;
  shared_.books.delivery(of.tenant, of.route)
    ->drop_spooled(what.points,
                   full ? drop_reason::spool_full : drop_reason::spool_corrupt);
  auto& lines = full ? full_ : corrupt_;
  if (const auto now = lines.add(what.frames, what.points, what.bytes,
                                 shared_.clock->mono())) {
    say(full ? full_words : corrupt_words, *now, &of);
  }
}

void spool_books::say(std::string_view words,
                      const seldom_told::losses& what,
                      const spooling::partition_key* last) {
  const auto times = std::to_string(what.times);
  const auto frames = std::to_string(what.frames);
  const auto points = std::to_string(what.points);
  const auto bytes = std::to_string(what.bytes);
  if (last == nullptr) {
    shared_.log->log(log_level::warning, words,
                     {{"times", times},
                      {"frames", frames},
                      {"points", points},
                      {"bytes", bytes}});
    return;
  }
  // Of several, where the last one was.
  shared_.log->log(log_level::warning, words,
                   {{"route", last->route.value()},
                    {"tenant", last->tenant.value()},
                    {"times", times},
                    {"frames", frames},
                    {"points", points},
                    {"bytes", bytes}});
}

void spool_books::tell_rest() {
  if (const auto rest = full_.rest()) {
    say(full_words, *rest, nullptr);
  }
  if (const auto rest = corrupt_.rest()) {
    say(corrupt_words, *rest, nullptr);
  }
  if (const auto rest = trimmed_.rest()) {
    say(trimmed_words, *rest, nullptr);
  }
}

void spool_books::quarantine_trimmed(std::uint64_t frames,
                                     std::uint64_t points) {
  if (const auto now = trimmed_.add(frames, points, 0, shared_.clock->mono())) {
    say(trimmed_words, *now, nullptr);
  }
}

void spool_books::said(spooling::spool_state now, const std::string& words) {
  shared_.log->log(now == spooling::spool_state::writing ? log_level::info
                                                         : log_level::error,
                   words, {});
}

void spool_books::warned(const std::string& words) {
  shared_.log->log(log_level::warning, words, {});
}

result<std::unique_ptr<spool_books>> open_spool_with_books(services& shared) {
  const auto folder = spool_folder(shared.config);
  if (folder.empty()) {
    return std::unique_ptr<spool_books>{};
  }
  auto books = std::make_unique<spool_books>(shared);
  spooling::spool_options options;
  static_cast<spool_config&>(options) = shared.config.spool;
  options.directory = folder;
  auto opened = spooling::open_spool(std::move(options), *shared.loop,
                                     *shared.clock, *books);
  if (!opened) {
    return opened.error();
  }
  shared.spool = std::move(opened.value());
  shared.quarantine = [spool = shared.spool](
                        std::shared_ptr<const frame> refused, std::string words,
                        std::function<void(result<void>)> done) {
    spool->quarantine(std::move(refused), std::move(words), std::move(done));
  };
  return books;
}

} // namespace pgmuster
