// What an exporter shard sends next, when again, and when it gives up.
#pragma once

#include "codec/export_verdict.hpp"
#include "codec/frame.hpp"
#include "routing/circuit_breaker.hpp"
#include "routing/division.hpp"
#include "routing/lease.hpp"

#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <vector>

namespace pgmuster {

/// A uniform number in [0, 1): randomness is an argument.
using random_source = std::function<double()>;

/// What of a route's keys decides over frames that wait or failed.
struct delivery_rules {
  retry_limits retry;
  breaker_limits breaker;
  ambiguous_send on_ambiguous = ambiguous_send::retry;
};

/// Frames of one exporter shard in sub-queues by (tenant, ordering shard): one
/// request in flight a sub-queue, several an exporter. Tenants take turns by
/// bytes (a deficit round robin that counts what was served): next is who was
/// served least, and who waited gets no arrears. Pure.
class export_queue {
public:
  export_queue(byte_count bytes_max,
               std::size_t in_flight_max,
               delivery_rules rules);

  struct entry {
    std::shared_ptr<const frame> what;
    std::shared_ptr<delivery_lease> lease;
    /// When it came to wait here.
    mono_time since{};
    /// Read back from the spool, and not to hold up fresh ones: such frames
    /// have sub-queues of their own, and `replay_percent` of the bytes while
    /// fresh ones wait.
    bool replayed = false;
    /// The queue has it still: only a copy is to go to the spool, so that what
    /// follows it there keeps its place behind it.
    bool in_queue = false;
  };
  static constexpr std::uint64_t replay_percent = 30;
  struct sendable {
    std::uint64_t ticket = 0;
    std::shared_ptr<const frame> what;
    /// 1 for the first try.
    std::uint32_t attempt = 1;
    /// Of a frame that was taken apart.
    bool part = false;
  };

  /// What the caller has to do with a frame, and then to say so.
  struct task {
    enum class kind : std::uint8_t {
      nothing,
      /// Encode `what` for this destination: `replace`.
      encode_again,
      /// Take `what` apart: `divide`.
      take_apart,
      /// Refused for good. The caller puts it aside and then ends `points` of
      /// its lease; the queue has let go of it.
      put_aside
    };
    kind is = kind::nothing;
    std::shared_ptr<const frame> what;
    std::shared_ptr<delivery_lease> lease;
    std::uint64_t points = 0;
    /// No part of the frame was taken, in any form.
    bool wholly_refused = false;
  };

  /// Takes a frame; past the bound of waiting bytes the oldest waiting frames
  /// go, dropped[queue_full]. Those in flight are bounded by their number.
  void offer(entry taken);

  /// Drops what waits and has no point as young as this, dropped[too_old].
  void drop_older(wall_time than);

  /// Something to send now, if any; it is then in flight.
  [[nodiscard]] std::optional<sendable> next(mono_time now);

  /// What came of a ticket. Ends the frame's lease unless it is to be sent
  /// again or the task says otherwise; while a task is under way, its sub-queue
  /// waits. A ticket that is not in flight (abandoned) is ignored.
  [[nodiscard]] task settle(std::uint64_t ticket,
                            const export_verdict& verdict,
                            mono_time now,
                            const random_source& random);
  /// Null: it could not be encoded, dropped[unencodable].
  void replace(std::uint64_t ticket, std::shared_ptr<const frame> again);
  /// The parts in their order, to be sent in its place; fewer than two: it
  /// cannot be divided, and is put aside.
  [[nodiscard]] task
  divide(std::uint64_t ticket,
         const std::vector<std::shared_ptr<const frame>>& parts,
         mono_time now,
         const random_source& random);

  /// Memory is short: the oldest that wait of the tenant go, dropped[memory],
  /// until no more than this share of its waiting bytes is left.
  void shed(const tenant_id& tenant, double keeps);

  /// Hands out, sub-queue by sub-queue and in order, what waits from the first
  /// frame on that `begins` says yes to; before it, as `in_queue`, what goes
  /// first and has no copy in the spool. Parts of a frame stay.
  [[nodiscard]] std::vector<entry>
  take_waiting(const std::function<bool(const entry&)>& begins);
  /// What waits and what is in flight, whose answers no longer count; parts of
  /// frames stay.
  [[nodiscard]] std::vector<entry> take_all();
  /// Whether it has frames of this sub-queue.
  [[nodiscard]] bool
  has(const tenant_id& tenant, std::size_t shard, bool replayed) const;

  /// Whether it has frames of this sub-queue of which the spool has no copy.
  [[nodiscard]] bool has_bare(const tenant_id& tenant, std::size_t shard) const;

  /// Its owner has died: the leases it holds end as what is let go.
  void let_go();

  /// Drops all that waits or is in flight, with this reason; of what the spool
  /// has a copy, that is all there is again.
  void abandon(drop_reason why);

  /// When `next` may have something again; empty: after the next offer/settle.
  [[nodiscard]] std::optional<mono_time> wake_at(mono_time now) const;

  [[nodiscard]] bool empty() const noexcept;
  [[nodiscard]] byte_count waiting() const noexcept;
  [[nodiscard]] std::size_t frames() const noexcept;
  [[nodiscard]] const circuit_breaker& breaker() const noexcept;
  /// Each lease that it holds, waiting or in flight, once: parts of a frame
  /// share theirs.
  using held_leases = std::map<const delivery_lease*, tenant_id>;
  void list(held_leases& into) const;

private:
  struct held {
    entry what;
    std::uint32_t attempts = 0;
    /// Attempts that were answered for good.
    std::uint32_t requests = 0;
    std::uint64_t arrived = 0;
    /// Of a part: shared with the others of its frame, as is the lease.
    std::shared_ptr<division> part_of;
  };
  /// Only the front is ever in flight; then `ticket` is not 0.
  struct sub_queue {
    std::deque<held> frames;
    std::uint64_t ticket = 0;
    std::uint64_t served = 0;
    mono_time held_until{};
  };
  /// The second is twice the ordering shard, and one more if replayed.
  using sub_queue_key = std::pair<tenant_id, std::size_t>;
  [[nodiscard]] static sub_queue_key
  key_of(const tenant_id& tenant, std::size_t shard, bool replayed) {
    return {tenant, 2 * shard + (replayed ? 1U : 0U)};
  }
  [[nodiscard]] static bool is_replayed(const sub_queue_key& key) noexcept {
    return key.second % 2 == 1;
  }
  using sub_queues = std::map<sub_queue_key, sub_queue>;

  /// How so many points end.
  using ending = std::function<delivery_end(std::uint64_t)>;
  [[nodiscard]] static ending dropping(drop_reason why);
  /// Ends the points of a frame, or of a part of one, and no others.
  static void end(const held& ended, bool refused, const ending& how);

  [[nodiscard]] sub_queues::iterator choose(mono_time now);
  [[nodiscard]] sub_queues::iterator flying(std::uint64_t ticket);
  void trim();
  /// The oldest of it; it must have one that waits.
  void drop_oldest(sub_queues::iterator from, drop_reason why);
  void drop_waiting(sub_queues::iterator from,
                    std::deque<held>::iterator which,
                    drop_reason why);
  held take_out(sub_queues::iterator from);
  void put_back(sub_queues::iterator at, mono_time not_before);
  [[nodiscard]] task settle_front(sub_queues::iterator at,
                                  const export_verdict& verdict,
                                  mono_time now,
                                  const random_source& random);
  [[nodiscard]] task
  refuse(sub_queues::iterator at, mono_time now, double random);
  void judge_destination(const export_verdict& verdict,
                         mono_time now,
                         double random);
  [[nodiscard]] milliseconds pause(const export_verdict& verdict,
                                   std::uint32_t attempts,
                                   double random) const;

  byte_count bytes_max_;
  std::size_t in_flight_max_;
  delivery_rules rules_;
  circuit_breaker breaker_;
  sub_queues queues_;
  /// Who waits, by arrival: the oldest of all sub-queues is found at once.
  /// Parts of a frame share its arrival.
  std::multimap<std::uint64_t, sub_queues::iterator> waiting_by_arrival_;
  std::map<std::uint64_t, sub_queues::iterator> in_flight_;
  /// Bytes served a tenant, raised to `turn_` when it starts to wait. As many
  /// as the configuration has tenants.
  std::map<tenant_id, std::uint64_t> served_;
  std::uint64_t turn_ = 0;
  /// Bytes sent since both kinds have something to send.
  std::uint64_t fresh_bytes_ = 0;
  std::uint64_t replayed_bytes_ = 0;
  std::uint64_t tickets_ = 0;
  std::uint64_t arrivals_ = 0;
  std::uint32_t refused_in_row_ = 0;
  std::uint64_t waiting_bytes_ = 0;
};

} // namespace pgmuster
