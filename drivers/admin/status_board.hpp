// The latest state of every target, for the API and `pgmuster top`.
#pragma once

#include "config/strong_id.hpp"
#include "config/time.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace pgmuster {

struct target_status {
  tenant_id tenant;
  target_name target;
  std::string host;
  std::uint16_t port = 0;
  /// "starting", "up", "down", "degraded".
  std::string state = "starting";
  /// One sentence when not "up"; also when rights are short.
  std::string reason;
  wall_time state_since{};
  std::string version;
  /// "primary", "standby" or "".
  std::string role;
  bool pooled = false;
  std::size_t databases = 0;
  std::optional<double> transactions_per_second;
  std::optional<std::int64_t> sessions;
  std::optional<std::int64_t> active_sessions;
  std::optional<std::int64_t> waiting_sessions;
  /// Share of block reads found in shared buffers since the previous cycle.
  std::optional<double> cache_hit;
  /// The largest replay lag: of a standby itself, or of a primary's replicas.
  std::optional<double> lag_seconds;
  std::optional<std::int64_t> lag_bytes;
  wall_time last_cycle{};
  /// From due to rows complete.
  milliseconds last_cycle_took{0};
  /// Sum of the server's time for our statements in that cycle.
  microseconds last_cycle_cost{0};
  std::uint64_t cycles = 0;
  std::uint64_t cycles_failed = 0;
  /// Due, but not begun: the previous one ran still, or there was no
  /// connection.
  std::uint64_t cycles_skipped = 0;
  std::uint64_t points = 0;
  /// Server time since start, for the closing summary.
  microseconds total_cost{0};
  std::vector<std::string> degraded_probes;
};

/// Thread-safe.
class status_board {
public:
  void publish(std::shared_ptr<const target_status> status);
  void remove(const tenant_id& tenant, const target_name& target);
  [[nodiscard]] std::vector<std::shared_ptr<const target_status>> all() const;

private:
  mutable std::mutex mutex_;
  std::map<std::pair<tenant_id, target_name>,
           std::shared_ptr<const target_status>>
    statuses_;
};

/// The document of /api/v1/targets:
/// {"now": …, "targets": [{"tenant": …, "target": …, …}]}; times are RFC 3339,
/// durations are numbers with the unit in the key.
[[nodiscard]] std::string targets_json(const status_board& board,
                                       wall_time now);

} // namespace pgmuster
