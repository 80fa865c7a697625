// When things are due: phases spread by hash, and backoff with full jitter.
#pragma once

#include "config/time.hpp"

#include <cstdint>
#include <string_view>

namespace pgmuster {

struct configuration;

/// The grid to which phases are rounded down, so that about sixteen cycles of a
/// process begin together: they share wake-ups and warm caches
/// (docs/decisions/0022). Zero where 10 to 200 ms do not give that.
[[nodiscard]] milliseconds begin_together(const configuration& of);

/// The first due time after `now` on the grid `k × interval + phase(hash)`,
/// where the phase is spread evenly over the interval, in steps of `together`
/// (at most a tenth of the interval; none if zero). Anchored to the
/// monotonic clock's epoch, so that a restart of an actor keeps the phase.
[[nodiscard]] mono_time next_due(mono_time now,
                                 milliseconds interval,
                                 std::uint64_t hash,
                                 milliseconds together = {}) noexcept;

struct backoff_limits {
  milliseconds first{1'000};
  milliseconds longest{60'000};
};

/// Exponential with full jitter: uniform in [first/2, min(longest, first × 2ⁿ)]
/// with n = failures − 1. `failures` ≥ 1; `random` in [0, 1).
[[nodiscard]] milliseconds backoff(const backoff_limits& limits,
                                   std::uint32_t failures,
                                   double random) noexcept;

/// What spreads the databases of a target over the interval.
[[nodiscard]] std::uint64_t database_phase(std::uint64_t target,
                                           std::string_view database) noexcept;

/// xxHash64 of tenant and target.
[[nodiscard]] std::uint64_t stable_hash(std::string_view tenant,
                                        std::string_view target) noexcept;

} // namespace pgmuster
