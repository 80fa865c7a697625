// Whether a route can deliver, judged by those of its senders that try to.
#pragma once

#include "routing/circuit_breaker.hpp"

#include <optional>
#include <string>
#include <vector>

namespace pgmuster {

/// Since when a sender has something to send and delivers nothing of it. Pure.
class delivery_progress {
public:
  void delivered(mono_time now) noexcept;
  void look(bool has_to_send, mono_time now) noexcept;
  /// Empty: it has nothing to send.
  [[nodiscard]] std::optional<mono_time> waiting_since() const noexcept {
    return waiting_since_;
  }
  [[nodiscard]] std::optional<mono_time> last_delivered() const noexcept {
    return last_delivered_;
  }

private:
  std::optional<mono_time> waiting_since_;
  std::optional<mono_time> last_delivered_;
};

struct sender_health {
  circuit_breaker::state breaker = circuit_breaker::state::closed;
  /// Credentials were refused, or nobody reads: the breaker stays closed then.
  bool barred = false;
  /// The destination's last refusal, empty after a success.
  std::string refusal;
  std::optional<mono_time> waiting_since;
  std::optional<mono_time> last_delivered;
  /// Waiting for longer than this without a delivery is being stuck.
  milliseconds patience{60'000};
};

/// Why the route delivers nothing, without its name; empty: it can. An idle
/// sender (nothing to send, nothing delivered lately, nothing known against it)
/// says nothing of the route: a small fleet may use one of several only.
[[nodiscard]] std::string
why_cannot_deliver(const std::vector<sender_health>& senders, mono_time now);

} // namespace pgmuster
