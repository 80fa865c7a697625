// How each route is doing, for readiness and the API. Thread-safe.
#pragma once

#include "config/strong_id.hpp"
#include "routing/route_health.hpp"

#include <map>
#include <mutex>
#include <vector>

namespace pgmuster {

struct route_status {
  sender_health health;
  std::size_t frames_waiting = 0;
  std::uint64_t bytes_waiting = 0;
};

class route_board {
public:
  void put(const route_name& route, std::size_t shard, route_status status) {
    const std::lock_guard lock{mutex_};
    shards_[{route, shard}] = std::move(status);
  }
  [[nodiscard]] std::map<std::pair<route_name, std::size_t>, route_status>
  all() const {
    const std::lock_guard lock{mutex_};
    return shards_;
  }

private:
  mutable std::mutex mutex_;
  std::map<std::pair<route_name, std::size_t>, route_status> shards_;
};

} // namespace pgmuster
