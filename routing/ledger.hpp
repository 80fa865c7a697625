// The account of every point: book A (shaping, per tenant) and book B
// (delivery, per tenant and route).
#pragma once

#include "config/strong_id.hpp"

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string_view>
#include <vector>

namespace pgmuster {

/// The only ways to discard a point. Each has a counter.
enum class drop_reason : std::uint8_t {
  /// The lane's credit of this tenant was used up.
  no_credit,
  /// The actor that held it ended; its lease said so.
  actor_lost,
  /// The exporter's queue was full; the oldest went.
  queue_full,
  /// The destination refused for good, and there is no quarantine.
  refused,
  /// It could not be encoded.
  unencodable,
  /// The process stopped before it was delivered.
  stopping,
  /// The file could not be written.
  write_failed
};
inline constexpr std::size_t drop_reasons = 7;
[[nodiscard]] std::string_view to_string(drop_reason why) noexcept;

using drop_tally = std::array<std::uint64_t, drop_reasons>;

/// Where the points of one observation went.
struct shaping_tally {
  std::uint64_t passed = 0;
  std::uint64_t unchanged = 0;
  std::uint64_t folded = 0;
  std::uint64_t sampled_out = 0;
  drop_tally dropped{};
};

struct shaping_view {
  std::uint64_t observed = 0;
  shaping_tally went;
  /// Sum of the live leases, counted where they live.
  std::uint64_t held = 0;
  /// observed = passed + unchanged + folded + sampled_out + Σ dropped + held
  [[nodiscard]] bool balanced() const noexcept;
};

struct delivery_view {
  std::uint64_t passed = 0;
  std::uint64_t made = 0;
  std::uint64_t recovered = 0;
  std::uint64_t acked = 0;
  std::uint64_t rejected = 0;
  std::uint64_t quarantined = 0;
  drop_tally dropped{};
  std::uint64_t batching = 0;
  std::uint64_t in_flight = 0;
  std::uint64_t spooled = 0;
  /// passed + made + recovered
  ///   = acked + rejected + quarantined + Σ dropped + batching + in_flight
  ///     + spooled
  [[nodiscard]] bool balanced() const noexcept;
};

/// Book B of one tenant and route. Thread-safe; every call is one transition.
class delivery_book {
public:
  /// Points enter a batch: `passed` from shaping and `made` by us.
  void enter(std::uint64_t passed, std::uint64_t made);
  /// A batch of `batched` points became a frame that says it holds `framed`.
  void frame(std::uint64_t batched, std::uint64_t framed);
  /// A frame's end.
  void acknowledge(std::uint64_t points, std::uint64_t rejected);
  void reject(std::uint64_t points);
  void drop_batching(std::uint64_t points, drop_reason why);
  void drop_in_flight(std::uint64_t points, drop_reason why);
  [[nodiscard]] delivery_view view() const;

private:
  mutable std::mutex mutex_;
  delivery_view now_;
};

/// Book A of one tenant. Thread-safe.
class shaping_book {
public:
  void observe(std::uint64_t points);
  /// The lease that held `held` points ends; they went as `went` says.
  void settle(std::uint64_t held, const shaping_tally& went);
  [[nodiscard]] shaping_view view() const;

private:
  mutable std::mutex mutex_;
  shaping_view now_;
};

/// All books of the process. Thread-safe; books live as long as the ledger.
class ledger {
public:
  [[nodiscard]] std::shared_ptr<shaping_book> shaping(const tenant_id& tenant);
  [[nodiscard]] std::shared_ptr<delivery_book>
  delivery(const tenant_id& tenant, const route_name& route);

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
};

} // namespace pgmuster
