// What an exporter shard sends next, when again, and when it gives up.
#pragma once

#include "codec/export_verdict.hpp"
#include "codec/frame.hpp"
#include "routing/circuit_breaker.hpp"
#include "routing/lease.hpp"

#include <deque>
#include <functional>
#include <map>
#include <optional>

namespace pgmuster {

struct retry_limits {
  milliseconds first{1'000};
  milliseconds longest{30'000};
};

/// A uniform number in [0, 1): randomness is an argument.
using random_source = std::function<double()>;

/// Frames of one exporter shard in sub-queues by (tenant, ordering shard): one
/// request in flight a sub-queue, several an exporter, tenants in turn. Pure.
class export_queue {
public:
  export_queue(byte_count bytes_max, std::size_t in_flight_max,
               retry_limits retry, breaker_limits breaker);

  struct entry {
    std::shared_ptr<const frame> what;
    std::shared_ptr<delivery_lease> lease;
  };
  struct sendable {
    std::uint64_t ticket = 0;
    std::shared_ptr<const frame> what;
    /// 1 for the first try.
    std::uint32_t attempt = 1;
  };

  /// Takes a frame; past the byte bound the oldest waiting frames go,
  /// dropped[queue_full].
  void offer(entry taken);

  /// Something to send now, if any; it is then in flight.
  [[nodiscard]] std::optional<sendable> next(mono_time now);

  /// What came of a ticket. Ends the frame's lease unless it is to be sent
  /// again. `other_encoding` returns the frame for re-encoding by the caller,
  /// who puts the new one back with `replace`.
  std::shared_ptr<const frame> settle(std::uint64_t ticket,
                                      const export_verdict& verdict,
                                      mono_time now,
                                      const random_source& random);
  void replace(std::uint64_t ticket, std::shared_ptr<const frame> again);

  /// Drops all that waits or is in flight, with this reason.
  void abandon(drop_reason why);

  /// When `next` may have something again; empty: after the next offer/settle.
  [[nodiscard]] std::optional<mono_time> wake_at(mono_time now) const;

  [[nodiscard]] bool empty() const noexcept;
  [[nodiscard]] byte_count waiting() const noexcept;
  [[nodiscard]] std::size_t frames() const noexcept;
  [[nodiscard]] const circuit_breaker& breaker() const noexcept;

private:
  struct held {
    entry what;
    std::uint32_t attempts = 0;
    std::uint64_t ticket = 0;
    bool in_flight = false;
    mono_time not_before{};
    std::uint64_t arrived = 0;
  };
  struct sub_queue {
    std::deque<held> frames;
    mono_time held_until{};
  };
  using sub_queue_key = std::pair<tenant_id, std::size_t>;

  byte_count bytes_max_;
  std::size_t in_flight_max_;
  retry_limits retry_;
  circuit_breaker breaker_;
  std::map<sub_queue_key, sub_queue> queues_;
  sub_queue_key served_last_;
  std::uint64_t tickets_ = 0;
  std::uint64_t arrivals_ = 0;
  std::size_t in_flight_ = 0;
  byte_count waiting_;
};

} // namespace pgmuster
