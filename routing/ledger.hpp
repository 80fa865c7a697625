// The account of every point and event: book A (shaping, per tenant) and book
// B (delivery, per tenant and route).
#pragma once

#include "config/strong_id.hpp"
#include "routing/drop_reason.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <vector>

namespace pgmuster {

/// Where the points of one observation went. A point is one mapped value or one
/// event, here and in all that follows.
struct shaping_tally {
  std::uint64_t passed = 0;
  std::uint64_t unchanged = 0;
  std::uint64_t folded = 0;
  std::uint64_t sampled_out = 0;
  drop_tally dropped{};
};

void add_to(shaping_tally& sum, const shaping_tally& more) noexcept;

struct shaping_view {
  std::uint64_t observed = 0;
  shaping_tally went;
  /// Sum of the live leases, counted where they live.
  std::uint64_t held = 0;
  /// Changes of this book so far: the same number, the same book.
  std::uint64_t transitions = 0;
  /// observed = passed + unchanged + folded + sampled_out + Σ dropped + held
  [[nodiscard]] bool balanced() const noexcept;
};
void add_to(shaping_view& sum, const shaping_view& more) noexcept;

struct delivery_view {
  std::uint64_t passed = 0;
  std::uint64_t made = 0;
  std::uint64_t recovered = 0;
  std::uint64_t acked = 0;
  std::uint64_t rejected = 0;
  std::uint64_t quarantined = 0;
  /// Not sent since a delta route has nothing to say there.
  std::uint64_t unchanged = 0;
  drop_tally dropped{};
  std::uint64_t batching = 0;
  std::uint64_t in_flight = 0;
  std::uint64_t spooled = 0;
  /// Of `in_flight`: the spool has a copy.
  std::uint64_t copied = 0;
  /// What all this occupies in memory.
  std::uint64_t bytes = 0;
  /// Changes of this book so far: the same number, the same book.
  std::uint64_t transitions = 0;
  /// passed + made + recovered
  ///   = acked + rejected + quarantined + unchanged + Σ dropped + batching
  ///     + in_flight + spooled
  [[nodiscard]] bool balanced() const noexcept;
};
void add_to(delivery_view& sum, const delivery_view& more) noexcept;

/// Points that come to a route and into none of its batches.
struct left_out {
  std::uint64_t unchanged = 0;
  /// dropped[delta_limit]
  std::uint64_t beyond_limit = 0;
};

/// How points of frames ended.
struct delivery_end {
  std::uint64_t acked = 0;
  std::uint64_t rejected = 0;
  std::uint64_t quarantined = 0;
  drop_tally dropped{};
  [[nodiscard]] std::uint64_t points() const noexcept;
};

/// Told at each change of a book how many points would be lost if the process
/// died now, while the book is locked.
using at_risk = std::function<void(std::uint64_t)>;

/// Book B of one tenant and route. Thread-safe; every call is one transition.
class delivery_book {
public:
  /// From now on; what is in memory without a copy on disk.
  void tell_risk(at_risk told);

  /// Points enter a batch: `passed` from shaping and `made` by us.
  void enter(std::uint64_t passed, std::uint64_t made);
  /// Points that came in as well, `made` of them by us, and are not sent.
  void leave_out(const left_out& what, std::uint64_t made);
  /// A batch of `batched` points became a frame that says it holds `framed`.
  void frame(std::uint64_t batched, std::uint64_t framed);
  void drop_batching(std::uint64_t points, drop_reason why);

  /// Points of frames in flight end; `copied`: the spool has a copy of them.
  void end(const delivery_end& how, bool copied);
  /// The spool has a copy of points in flight.
  void copy(std::uint64_t in_flight);

  /// The spool holds the only copy now, or the exporter has read it back.
  void spool(std::uint64_t in_flight, bool copied);
  void read_back(std::uint64_t spooled);
  /// The spool of an earlier run holds these.
  void recover(std::uint64_t points);
  /// The spool lets go of points that nobody read back.
  void drop_spooled(std::uint64_t points, drop_reason why);

  /// A lease's bytes in memory became this many.
  void weigh(std::uint64_t before, std::uint64_t now);

  [[nodiscard]] delivery_view view() const;

private:
  class transition;
  void drop_from(std::uint64_t delivery_view::*where,
                 std::uint64_t points,
                 drop_reason why);

  mutable std::mutex mutex_;
  delivery_view now_;
  at_risk told_;
};

/// Book A of one tenant. Thread-safe.
class shaping_book {
public:
  /// From now on; what is held in lanes.
  void tell_risk(at_risk told);

  void observe(std::uint64_t points);
  /// Points that are seen and not taken in.
  void turn_away(std::uint64_t points, drop_reason why);
  /// The lease that held `held` points ends; they went as `went` says.
  void settle(std::uint64_t held, const shaping_tally& went);
  [[nodiscard]] shaping_view view() const;

private:
  class transition;

  mutable std::mutex mutex_;
  shaping_view now_;
  at_risk told_;
};

/// All books of the process. Thread-safe; books live as long as the ledger.
class ledger {
public:
  [[nodiscard]] std::shared_ptr<shaping_book> shaping(const tenant_id& tenant);
  [[nodiscard]] std::shared_ptr<delivery_book>
  delivery(const tenant_id& tenant, const route_name& route);

  /// Who is to be told of a book's risk; may be empty.
  struct risk_listeners {
    std::function<at_risk(const tenant_id&)> of_shaping;
    std::function<at_risk(const tenant_id&, const route_name&)> of_delivery;
  };
  /// Of the books that there are and that will be.
  void tell_risks(risk_listeners listeners);

  struct tenant_view {
    tenant_id tenant;
    shaping_view shaping;
    std::map<route_name, delivery_view> delivery;
  };
  [[nodiscard]] std::vector<tenant_view> view() const;

private:
  mutable std::mutex mutex_;
  std::map<tenant_id, std::shared_ptr<shaping_book>> shaping_;
  std::map<std::pair<tenant_id, route_name>, std::shared_ptr<delivery_book>>
    delivery_;
  risk_listeners listeners_;
};

} // namespace pgmuster
