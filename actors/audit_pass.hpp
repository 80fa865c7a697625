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

  /// `spool`: it has a place as well.
  audit_pass(std::size_t lanes,
             const std::vector<shard_key>& exporters,
             bool spool)
    : found(lanes), all(lanes + exporters.size() + (spool ? 1U : 0U)) {
    for (const auto& one : exporters) {
      shards[one].counts.received_by_lane.resize(lanes);
    }
  }

  std::vector<lane_counts> found;
  std::map<shard_key, shard_place> shards;
  std::optional<std::map<outlet_key, std::uint64_t>> spooled;
  countdown all;
};

} // namespace pgmuster
