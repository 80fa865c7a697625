// The latest state of every target, for the API and `pgmuster top`.
#include "drivers/admin/status_board.hpp"

#include "drivers/logging/legible.hpp"
#include "drivers/logging/rfc3339.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <cmath>
#include <utility>

namespace pgmuster {

namespace {

namespace json = boost::json;

json::value time_or_null(wall_time when) {
  return when == wall_time{} ? json::value(nullptr)
                             : json::value(rfc3339(when));
}

// JSON has no word for what is not a number.
json::value number_or_null(const std::optional<double>& value) {
  return value && std::isfinite(*value) ? json::value(*value)
                                        : json::value(nullptr);
}

json::value number_or_null(const std::optional<std::int64_t>& value) {
  return value ? json::value(*value) : json::value(nullptr);
}

json::array names(const std::vector<std::string>& all) {
  json::array list;
  for (const std::string& name : all) {
    list.emplace_back(legible(name));
  }
  return list;
}

json::object to_json(const target_status& status) {
  return {
    {"tenant", legible(status.tenant.value())},
    {"target", legible(status.target.value())},
    {"host", legible(status.host)},
    {"port", status.port},
    {"state", legible(status.state)},
    {"reason", legible(status.reason)},
    {"state_since", time_or_null(status.state_since)},
    {"version", legible(status.version)},
    {"role", legible(status.role)},
    {"pooled", status.pooled},
    {"databases", status.databases},
    {"transactions_per_second", number_or_null(status.transactions_per_second)},
    {"sessions", number_or_null(status.sessions)},
    {"active_sessions", number_or_null(status.active_sessions)},
    {"waiting_sessions", number_or_null(status.waiting_sessions)},
    {"cache_hit_ratio", number_or_null(status.cache_hit)},
    {"lag_seconds", number_or_null(status.lag_seconds)},
    {"lag_bytes", number_or_null(status.lag_bytes)},
    {"last_cycle", time_or_null(status.last_cycle)},
    {"last_cycle_took_ms", status.last_cycle_took.count()},
    {"last_cycle_cost_us", status.last_cycle_cost.count()},
    {"cycles", status.cycles},
    {"cycles_failed", status.cycles_failed},
    {"cycles_skipped", status.cycles_skipped},
    {"points", status.points},
    {"total_cost_us", status.total_cost.count()},
    {"degraded_probes", names(status.degraded_probes)},
  };
}

} // namespace

void status_board::publish(std::shared_ptr<const target_status> status) {
  if (!status) {
    return;
  }
  std::pair key{status->tenant, status->target};
  const std::lock_guard lock{mutex_};
  // The one it replaces ends outside the lock, with the argument.
  std::swap(statuses_[std::move(key)], status);
}

void status_board::remove(const tenant_id& tenant, const target_name& target) {
  const std::lock_guard lock{mutex_};
  statuses_.erase({tenant, target});
}

std::vector<std::shared_ptr<const target_status>> status_board::all() const {
  std::vector<std::shared_ptr<const target_status>> listed;
  const std::lock_guard lock{mutex_};
  listed.reserve(statuses_.size());
  for (const auto& [key, status] : statuses_) {
    listed.push_back(status);
  }
  return listed;
}

std::string targets_json(const status_board& board, wall_time now) {
  json::array targets;
  for (const auto& status : board.all()) {
    targets.emplace_back(to_json(*status));
  }
  return json::serialize(
    json::object{{"now", rfc3339(now)}, {"targets", std::move(targets)}});
}

} // namespace pgmuster
