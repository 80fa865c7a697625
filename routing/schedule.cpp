// Due times lie on a grid whose phase is the hash, so that neither a restart
// nor a slow cycle moves them.
#include "routing/schedule.hpp"

#include "config/configuration.hpp"

#include <xxhash.h>

#include <algorithm>
#include <cmath>

namespace pgmuster {

milliseconds begin_together(const configuration& of) {
  constexpr milliseconds least{10};
  constexpr milliseconds most{200};
  constexpr std::size_t begun_at_once = 16;
  std::size_t targets = 0;
  for (const auto& tenant : of.tenants) {
    targets += tenant.targets.size();
  }
  if (targets < 2) {
    return milliseconds{0};
  }
  const auto wait = of.intervals.default_interval * begun_at_once / targets;
  return wait < least ? milliseconds{0}
                      : std::min<milliseconds>(
                        std::chrono::duration_cast<milliseconds>(wait), most);
}

mono_time next_due(mono_time now,
                   milliseconds interval,
                   std::uint64_t hash,
                   milliseconds together) noexcept {
  const nanoseconds::rep step =
    nanoseconds{std::max(interval, milliseconds{1})}.count();
  const nanoseconds::rep moment =
    std::min(nanoseconds{together}.count(), step / 10);
  auto phase =
    static_cast<nanoseconds::rep>(hash % static_cast<std::uint64_t>(step));
  phase -= moment > 0 ? phase % moment : 0;
  const nanoseconds::rep since_phase =
    nanoseconds{now.time_since_epoch()}.count() - phase;
  nanoseconds::rep slots = since_phase / step;
  // Before the first slot the quotient rounds up already.
  if (since_phase >= 0) {
    ++slots;
  } else if (since_phase % step == 0) {
    ++slots;
  }
  return mono_time{std::chrono::duration_cast<mono_time::duration>(
    nanoseconds{slots * step + phase})};
}

milliseconds backoff(const backoff_limits& limits,
                     std::uint32_t failures,
                     double random) noexcept {
  // Past 2³⁰ every sensible `longest` is reached.
  const auto doublings =
    static_cast<int>(std::clamp<std::uint32_t>(failures, 1, 31)) - 1;
  const auto least = static_cast<double>(limits.first.count()) / 2;
  const auto most =
    std::min(static_cast<double>(limits.longest.count()),
             std::ldexp(static_cast<double>(limits.first.count()), doublings));
  const double wait = least + std::max(0.0, most - least) * random;
  return milliseconds{std::llround(wait)};
}

std::uint64_t database_phase(std::uint64_t target,
                             std::string_view database) noexcept {
  return XXH64(database.data(), database.size(), target);
}

std::uint64_t stable_hash(std::string_view tenant,
                          std::string_view target) noexcept {
  // The tenant's hash as the seed keeps ("a", "bc") and ("ab", "c") apart.
  return XXH64(target.data(), target.size(),
               XXH64(tenant.data(), tenant.size(), 0));
}

} // namespace pgmuster
