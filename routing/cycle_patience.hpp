// When a cycle under way is given up: a probe that is not answered, or all of
// them together. Pure.
#pragma once

#include "config/time.hpp"

#include <cstdint>

namespace pgmuster {

/// Probes are answered one after the other. At a deadline the one at the head
/// is cancelled; a server that does not answer even that, within the grace, is
/// given up.
class cycle_patience {
public:
  enum class verdict : std::uint8_t { wait, cancel, give_up };

  /// After a cancel a server gets this long.
  static constexpr milliseconds grace{1'000};

  cycle_patience(mono_time began,
                 milliseconds probe,
                 milliseconds cycle) noexcept;

  /// The probe at the head was answered, with rows or an error.
  void answered(mono_time now) noexcept;
  /// When to judge next, at the latest.
  [[nodiscard]] mono_time due() const noexcept;
  /// `cancel` is said once for each probe.
  [[nodiscard]] verdict judge(mono_time now) noexcept;
  /// It is the cycle's time that is up, not one probe's.
  [[nodiscard]] bool cycle_is_over() const noexcept { return over_; }

private:
  milliseconds probe_;
  mono_time cycle_ends_;
  mono_time head_since_;
  mono_time cancelled_until_{};
  bool cancelled_ = false;
  bool over_ = false;
};

} // namespace pgmuster
