// The breaker's transitions; late answers of requests sent before it opened
// neither lengthen the wait nor open it twice.
#include "routing/circuit_breaker.hpp"

#include <algorithm>

namespace pgmuster {

bool circuit_breaker::allows(mono_time now) noexcept {
  if (state_ == state::closed) {
    return true;
  }
  if (now < retry_at_) {
    return false;
  }
  state_ = state::half_open;
  retry_at_ = now + limits_.probe_lost_after;
  return true;
}

void circuit_breaker::record_success() noexcept {
  state_ = state::closed;
  failures_ = 0;
  open_for_ = milliseconds{0};
}

void circuit_breaker::record_failure(mono_time now, double jitter) noexcept {
  if (state_ == state::open) {
    return;
  }
  if (state_ == state::half_open || ++failures_ >= limits_.failures_max) {
    trip(now, jitter);
  }
}

void circuit_breaker::trip(mono_time now, double jitter) noexcept {
  if (state_ == state::open) {
    return;
  }
  open_for_ = std::clamp(open_for_ * 2, limits_.open_first,
                         std::max(limits_.open_first, limits_.open_longest));
  const auto stretch = std::chrono::duration_cast<nanoseconds>(
    std::chrono::duration<double, std::milli>(
      static_cast<double>(open_for_.count()) * jitter / 2));
  state_ = state::open;
  failures_ = 0;
  retry_at_ = now + open_for_ + stretch;
}

std::string_view to_string(circuit_breaker::state state) noexcept {
  switch (state) {
  case circuit_breaker::state::closed:
    return "closed";
  case circuit_breaker::state::open:
    return "open";
  case circuit_breaker::state::half_open:
    return "half_open";
  }
  return "unknown";
}

} // namespace pgmuster
