// Decides whether a shard may send. Pure: the caller supplies every `now`.
#pragma once

#include "config/route_config.hpp"

#include <array>
#include <cstdint>
#include <string_view>

namespace pgmuster {

/// Closed -> open after failures in a row or a share of failures within a
/// window -> half-open: one probe; its success closes, its failure opens again
/// for twice as long.
class circuit_breaker {
public:
  enum class state : std::uint8_t { closed, open, half_open };

  explicit circuit_breaker(breaker_limits limits) noexcept : limits_(limits) {}

  /// True if a request may go now. In half-open the first caller gets the
  /// probe and others wait for its outcome.
  [[nodiscard]] bool allows(mono_time now) noexcept;
  void record_success(mono_time now) noexcept;
  /// `jitter` in [0, 1) stretches the wait by up to a half.
  void record_failure(mono_time now, double jitter) noexcept;
  /// An answer that does not tell yet whether the destination works: in
  /// half-open another probe may go at once.
  void record_open_question(mono_time now) noexcept;
  /// Opens at once, whatever the count (frames wholly refused in a row).
  void trip(mono_time now, double jitter) noexcept;
  /// Opens, if it is not open yet, and stays so at least until then: the
  /// destination asked for it.
  void hold(mono_time now, mono_time until, double jitter) noexcept;
  [[nodiscard]] state current() const noexcept { return state_; }
  /// When it may be tried again (half-open: when the probe counts as lost);
  /// meaningless while closed.
  [[nodiscard]] mono_time retry_at() const noexcept { return retry_at_; }

private:
  /// Outcomes of a tenth of the window.
  struct slice {
    std::int64_t number = -1;
    std::uint32_t outcomes = 0;
    std::uint32_t failures = 0;
  };
  static constexpr std::size_t slices = 10;

  [[nodiscard]] std::int64_t slice_number(mono_time now) const noexcept;
  void note(mono_time now, bool failed) noexcept;
  [[nodiscard]] bool failing_too_often(mono_time now) const noexcept;

  breaker_limits limits_;
  state state_ = state::closed;
  std::uint32_t failures_ = 0;
  milliseconds open_for_{0};
  mono_time retry_at_{};
  std::array<slice, slices> recent_{};
};

[[nodiscard]] std::string_view to_string(circuit_breaker::state state) noexcept;

} // namespace pgmuster
