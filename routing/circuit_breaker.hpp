// Decides whether a shard may send. Pure: the caller supplies every `now`.
#pragma once

#include "config/time.hpp"

#include <cstdint>
#include <string_view>

namespace pgmuster {

struct breaker_limits {
  /// Failures in a row that open it.
  std::uint32_t failures_max = 5;
  milliseconds open_first{1'000};
  /// Doubles up to this while the probe fails.
  milliseconds open_longest{30'000};
  /// A probe without an outcome for this long is lost; another may go.
  milliseconds probe_lost_after{60'000};
};

/// Closed -> open after `failures_max` failures in a row -> half-open: one
/// probe; its success closes, its failure opens again for twice as long.
class circuit_breaker {
public:
  enum class state : std::uint8_t { closed, open, half_open };

  explicit circuit_breaker(breaker_limits limits) noexcept : limits_(limits) {}

  /// True if a request may go now. In half-open the first caller gets the
  /// probe and others wait for its outcome.
  [[nodiscard]] bool allows(mono_time now) noexcept;
  void record_success() noexcept;
  /// `jitter` in [0, 1) stretches the wait by up to a half.
  void record_failure(mono_time now, double jitter) noexcept;
  /// Opens at once, whatever the count (frames wholly refused in a row).
  void trip(mono_time now, double jitter) noexcept;
  [[nodiscard]] state current() const noexcept { return state_; }
  /// When it may be tried again (half-open: when the probe counts as lost);
  /// meaningless while closed.
  [[nodiscard]] mono_time retry_at() const noexcept { return retry_at_; }

private:
  breaker_limits limits_;
  state state_ = state::closed;
  std::uint32_t failures_ = 0;
  milliseconds open_for_{0};
  mono_time retry_at_{};
};

[[nodiscard]] std::string_view to_string(circuit_breaker::state state) noexcept;

} // namespace pgmuster
