// How many events one target may tell: some at once, and a few a minute on
// average.
#pragma once

#include "config/time.hpp"

#include <algorithm>
#include <cstdint>

namespace pgmuster {

struct event_limits {
  std::uint64_t at_once = 20;
  /// One more after each of these.
  milliseconds refill{2'000};
};

class event_allowance {
public:
  /// How many of `wanted` may be told.
  [[nodiscard]] std::uint64_t take(std::uint64_t wanted,
                                   mono_time now,
                                   const event_limits& limits) noexcept {
    if (!begun_) {
      begun_ = true;
      left_ = limits.at_once;
      filled_ = now;
    }
    const auto earned =
      static_cast<std::uint64_t>((now - filled_) / limits.refill);
    filled_ += static_cast<std::int64_t>(earned) * limits.refill;
    left_ = std::min(limits.at_once, left_ + earned);
    const auto taken = std::min(wanted, left_);
    left_ -= taken;
    return taken;
  }

private:
  bool begun_ = false;
  std::uint64_t left_ = 0;
  mono_time filled_{};
};

} // namespace pgmuster
