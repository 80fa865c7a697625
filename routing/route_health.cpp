#include "routing/route_health.hpp"

#include "config/units.hpp"

#include <algorithm>

namespace pgmuster {

namespace {

bool is_stopped(const sender_health& of) {
  return of.barred || of.breaker != circuit_breaker::state::closed;
}

bool is_stuck(const sender_health& of, mono_time now) {
  return of.waiting_since && now - *of.waiting_since >= of.patience;
}

bool is_idle(const sender_health& of, mono_time now) {
  const auto lately =
    of.last_delivered && now - *of.last_delivered < of.patience;
  return !is_stopped(of) && !of.waiting_since && !lately;
}

} // namespace

void delivery_progress::delivered(mono_time now) noexcept {
  last_delivered_ = now;
  if (waiting_since_) {
    waiting_since_ = now;
  }
}

void delivery_progress::look(bool has_to_send, mono_time now) noexcept {
  if (!has_to_send) {
    waiting_since_.reset();
  } else if (!waiting_since_) {
    waiting_since_ = now;
  }
}

std::string why_cannot_deliver(const std::vector<sender_health>& senders,
                               mono_time now) {
  bool stopped = false;
  std::string refusal;
  std::optional<mono_time> since;
  for (const auto& one : senders) {
    if (is_idle(one, now)) {
      continue;
    }
    if (!is_stopped(one) && !is_stuck(one, now)) {
      return {};
    }
    stopped = stopped || is_stopped(one);
    if (!one.refusal.empty()) {
      refusal = one.refusal;
    }
    if (one.waiting_since) {
      since = std::min(since.value_or(*one.waiting_since), *one.waiting_since);
    }
  }
  if (!stopped && !since) {
    return {};
  }
  std::string why = "cannot deliver";
  if (!stopped) {
    why = "has delivered nothing for "
          + format_duration(std::chrono::floor<seconds>(now - *since))
          + " although it has something to send";
  }
  return refusal.empty() ? why : why + ": " + refusal;
}

} // namespace pgmuster
