// How long a child that ended waits to be started again: longer each time, and
// as at first once it has lived for a quiet time.
#pragma once

#include "config/limits.hpp"
#include "routing/schedule.hpp"

namespace pgmuster {

/// Of one child.
class restart_pace {
public:
  void started(mono_time now) noexcept { since_ = now; }

  /// The child has ended at `now`; `random` in [0, 1).
  [[nodiscard]] milliseconds after_end(mono_time now,
                                       const backoff_limits& limits,
                                       double random) noexcept {
    if (now - since_ >= limits::restart_quiet) {
      crashes_ = 0;
    }
    return backoff(limits, ++crashes_, random);
  }

  [[nodiscard]] std::uint32_t crashes() const noexcept { return crashes_; }

private:
  mono_time since_{};
  std::uint32_t crashes_ = 0;
};

} // namespace pgmuster
