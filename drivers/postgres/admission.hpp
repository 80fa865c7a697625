// How many connects may begin in a second: a token bucket without a clock.
#pragma once

#include "config/time.hpp"

#include <algorithm>
#include <cstddef>

namespace pgmuster::postgres {

class admission {
public:
  /// `per_second` in the long run, `burst` (≥ 1) at once.
  admission(std::size_t per_second, std::size_t burst) noexcept
    : step_(std::chrono::duration_cast<nanoseconds>(seconds{1})
            / static_cast<std::int64_t>(per_second)),
      depth_(step_ * static_cast<std::int64_t>(burst)) {}

  /// True when one may begin at `now`; else `next()` is when to ask again.
  [[nodiscard]] bool take(mono_time now) noexcept {
    // `full_` is when the bucket would be full again if nothing were taken.
    const auto full = std::max(full_, now);
    if (full + step_ - now > depth_) {
      return false;
    }
    full_ = full + step_;
    return true;
  }

  [[nodiscard]] mono_time next() const noexcept {
    return full_ + step_ - depth_;
  }

private:
  nanoseconds step_;
  nanoseconds depth_;
  mono_time full_{};
};

} // namespace pgmuster::postgres
