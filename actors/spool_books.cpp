#include "actors/spool_books.hpp"

namespace pgmuster {

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
  shared_.log->log(log_level::warning,
                   full
                     ? "the spool let its oldest frames go: it is full"
                     : "the spool is damaged there, or parts of it are gone; "
                       "what is lost is counted",
                   {{"route", of.route.value()},
                    {"tenant", of.tenant.value()},
                    {"frames", std::to_string(what.frames)},
                    {"points", std::to_string(what.points)},
                    {"bytes", std::to_string(what.bytes)}});
}

void spool_books::quarantine_trimmed(std::uint64_t frames,
                                     std::uint64_t points) {
  shared_.log->log(
    log_level::warning, "the quarantine let its oldest frames go: it is full",
    {{"frames", std::to_string(frames)}, {"points", std::to_string(points)}});
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
