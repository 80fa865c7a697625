// What `pgmuster top` reads out of the API's two documents.
#pragma once

#include "config/time.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace pgmuster {

/// One target. What is missing or of a wrong type is unknown; texts are safe
/// to print.
struct top_target {
  std::string tenant;
  std::string target;
  std::string state;
  std::string reason;
  std::string version;
  std::string role;
  std::vector<std::string> degraded_probes;
  std::optional<wall_time> state_since;
  std::optional<wall_time> last_cycle;
  std::optional<double> transactions_per_second;
  std::optional<double> active_sessions;
  std::optional<double> waiting_sessions;
  std::optional<double> cache_hit_ratio;
  std::optional<double> lag_seconds;
  std::optional<double> lag_bytes;
  std::optional<double> last_cycle_cost_us;
  double databases = 0;
  double points = 0;
};

struct top_fleet {
  std::optional<wall_time> now;
  /// Trouble first: down, degraded, starting, up; then by tenant and target.
  std::vector<top_target> targets;
};

struct top_books {
  bool balanced = false;
  /// Markers found something wrong.
  bool disagree = false;
  /// Empty while memory is ample.
  std::string memory;
  double memory_share = 0;
  double tenants_turned_away = 0;
  /// Points that were dropped or refused, over all tenants and routes.
  double lost = 0;
};

/// Nothing if it is not a document of /api/v1/targets.
[[nodiscard]] std::optional<top_fleet> read_targets(std::string_view json);
/// Nothing if it is not a document of /api/v1/ledger.
[[nodiscard]] std::optional<top_books> read_books(std::string_view json);

} // namespace pgmuster
