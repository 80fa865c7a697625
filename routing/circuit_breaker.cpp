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

std::int64_t circuit_breaker::slice_number(mono_time now) const noexcept {
  const auto length =
    std::max<nanoseconds>(limits_.window / slices, milliseconds{1});
  return now.time_since_epoch() / length;
}

void circuit_breaker::note(mono_time now, bool failed) noexcept {
  const auto number = slice_number(now);
  auto& into = recent_[static_cast<std::uint64_t>(number) % slices];
  if (into.number != number) {
    into = {number, 0, 0};
  }
  ++into.outcomes;
  into.failures += failed ? 1 : 0;
}

bool circuit_breaker::failing_too_often(mono_time now) const noexcept {
  const auto newest = slice_number(now);
  std::uint64_t outcomes = 0;
  std::uint64_t failures = 0;
  for (const auto& one : recent_) {
    if (one.number > newest - static_cast<std::int64_t>(slices)) {
      outcomes += one.outcomes;
      failures += one.failures;
    }
  }
  return outcomes >= std::max(limits_.outcomes_min, 1U)
         && failures * 100 >= outcomes * limits_.failures_percent;
}

void circuit_breaker::record_success(mono_time now) noexcept {
  if (state_ != state::closed) {
    // What failed before says nothing of a destination that is back.
    recent_ = {};
  }
  note(now, false);
  state_ = state::closed;
  failures_ = 0;
  open_for_ = milliseconds{0};
}

void circuit_breaker::record_failure(mono_time now, double jitter) noexcept {
  if (state_ == state::open) {
    return;
  }
  note(now, true);
  if (state_ == state::half_open || ++failures_ >= limits_.failures_max
      || failing_too_often(now)) {
    trip(now, jitter);
  }
}

void circuit_breaker::record_open_question(mono_time now) noexcept {
  if (state_ == state::half_open) {
    retry_at_ = now;
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

void circuit_breaker::hold(mono_time now,
                           mono_time until,
                           double jitter) noexcept {
  trip(now, jitter);
  retry_at_ = std::max(retry_at_, until);
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
