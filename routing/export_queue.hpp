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
  /// How long 401 and 403 hold a sub-queue.
  milliseconds unauthorised{60'000};
  /// A destination cannot hold a sub-queue for longer than this.
  milliseconds retry_after_max{3'600'000};
  /// Frames wholly refused in a row that open the breaker.
  std::uint32_t refused_max = 3;
};

/// A uniform number in [0, 1): randomness is an argument.
using random_source = std::function<double()>;

/// Frames of one exporter shard in sub-queues by (tenant, ordering shard): one
/// request in flight a sub-queue, several an exporter. Tenants take turns by
/// bytes: next is who was served least, and who waited gets no arrears. Pure.
class export_queue {
public:
  export_queue(byte_count bytes_max,
               std::size_t in_flight_max,
               retry_limits retry,
               breaker_limits breaker);

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

  /// Takes a frame; past the bound of waiting bytes the oldest waiting frames
  /// go, dropped[queue_full]. Those in flight are bounded by their number.
  void offer(entry taken);

  /// Something to send now, if any; it is then in flight.
  [[nodiscard]] std::optional<sendable> next(mono_time now);

  /// What came of a ticket. Ends the frame's lease unless it is to be sent
  /// again. `other_encoding` returns the frame for re-encoding by the caller,
  /// who puts the new one back with `replace`; its sub-queue waits for that.
  /// A ticket that is not in flight (abandoned) is ignored.
  std::shared_ptr<const frame> settle(std::uint64_t ticket,
                                      const export_verdict& verdict,
                                      mono_time now,
                                      const random_source& random);
  /// Null: it could not be encoded, dropped[unencodable].
  void replace(std::uint64_t ticket, std::shared_ptr<const frame> again);

  /// Drops all that waits or is in flight, with this reason.
  void abandon(drop_reason why);

  /// When `next` may have something again; empty: after the next offer/settle.
  [[nodiscard]] std::optional<mono_time> wake_at(mono_time now) const;

  [[nodiscard]] bool empty() const noexcept;
  [[nodiscard]] byte_count waiting() const noexcept;
  [[nodiscard]] std::size_t frames() const noexcept;
  [[nodiscard]] const circuit_breaker& breaker() const noexcept;
  /// Points of the leases that it holds, waiting or in flight.
  [[nodiscard]] std::map<tenant_id, std::uint64_t> points() const;

private:
  struct held {
    entry what;
    std::uint32_t attempts = 0;
    std::uint64_t arrived = 0;
  };
  /// Only the front is ever in flight; then `ticket` is not 0.
  struct sub_queue {
    std::deque<held> frames;
    std::uint64_t ticket = 0;
    std::uint64_t served = 0;
    mono_time held_until{};
  };
  using sub_queue_key = std::pair<tenant_id, std::size_t>;
  using sub_queues = std::map<sub_queue_key, sub_queue>;

  [[nodiscard]] sub_queues::iterator choose(mono_time now);
  void trim();
  held take_out(sub_queues::iterator from);
  void put_back(sub_queues::iterator at, mono_time not_before);
  void judge_destination(const export_verdict& verdict,
                         mono_time now,
                         double random);
  [[nodiscard]] milliseconds pause(const export_verdict& verdict,
                                   std::uint32_t attempts,
                                   double random) const;

  byte_count bytes_max_;
  std::size_t in_flight_max_;
  retry_limits retry_;
  circuit_breaker breaker_;
  sub_queues queues_;
  /// Who waits, by arrival: the oldest of all sub-queues is found at once.
  std::map<std::uint64_t, sub_queues::iterator> waiting_by_arrival_;
  std::map<std::uint64_t, sub_queues::iterator> in_flight_;
  /// Bytes served a tenant, raised to `turn_` when it starts to wait. As many
  /// as the configuration has tenants.
  std::map<tenant_id, std::uint64_t> served_;
  std::uint64_t turn_ = 0;
  std::uint64_t tickets_ = 0;
  std::uint64_t arrivals_ = 0;
  std::uint32_t refused_in_row_ = 0;
  std::uint64_t waiting_bytes_ = 0;
};

} // namespace pgmuster
