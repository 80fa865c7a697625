#include "routing/cycle_patience.hpp"

#include <algorithm>

namespace pgmuster {

cycle_patience::cycle_patience(mono_time began,
                               milliseconds probe,
                               milliseconds cycle) noexcept
  : probe_(probe), cycle_ends_(began + cycle), head_since_(began) {}

void cycle_patience::answered(mono_time now) noexcept {
  head_since_ = now;
  // Once the cycle is over, the probes that follow have its grace together.
  cancelled_ = cancelled_ && over_;
}

mono_time cycle_patience::due() const noexcept {
  return cancelled_ ? cancelled_until_
                    : std::min(head_since_ + probe_, cycle_ends_);
}

cycle_patience::verdict cycle_patience::judge(mono_time now) noexcept {
  if (now < due()) {
    return verdict::wait;
  }
  if (cancelled_) {
    return verdict::give_up;
  }
  over_ = now >= cycle_ends_;
  cancelled_ = true;
  cancelled_until_ = now + grace;
  return verdict::cancel;
}

} // namespace pgmuster
