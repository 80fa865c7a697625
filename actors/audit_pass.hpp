// One marker's way through all lanes and exporters: where each leaves its
// counts, and who waits for the last.
#pragma once

#include "actors/countdown.hpp"
#include "routing/audit.hpp"

namespace pgmuster {

/// Shared by the marker's messages. Each place is written by one actor, before
/// it calls `arrived`; read by who waited for all.
struct audit_pass {
  using shard_key = std::pair<route_name, std::size_t>;
  struct shard_place {
    shard_counts counts;
    /// Lanes whose marker has come here.
    std::size_t markers = 0;
  };

  audit_pass(std::size_t lanes, const std::vector<shard_key>& exporters)
    : found(lanes), all(lanes + exporters.size()) {
    for (const auto& one : exporters) {
      shards[one].counts.received_by_lane.resize(lanes);
    }
  }

  std::vector<lane_counts> found;
  std::map<shard_key, shard_place> shards;
  countdown all;
};

} // namespace pgmuster
