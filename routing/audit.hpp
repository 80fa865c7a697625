// Whether the books agree with what the stages say they took in, handed on and
// hold: a marker passes them in order and collects their counts.
#pragma once

#include "routing/ledger.hpp"

#include <array>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace pgmuster {

/// Stages of a lane that a point passes, in order; the last settles its lease.
inline constexpr std::size_t audited_stages = 4;

using outlet_key = std::pair<tenant_id, route_name>;

/// What a frame stage did for one tenant and route.
struct outlet_counts {
  /// Passed and made points that came to the route.
  std::uint64_t entered = 0;
  /// Points that came to the route and into no batch.
  left_out out;
  /// Points of the frames that were cut, by the encoder's count.
  std::uint64_t framed = 0;
  /// Points of the leases of open batches, as the marker found them.
  std::uint64_t batching = 0;
};

/// What the stages of one lane have counted since the process began. It
/// outlives its stages; each writes its own part only, one at a time.
struct lane_counts {
  std::array<std::map<tenant_id, std::uint64_t>, audited_stages> entered;
  std::map<tenant_id, shaping_tally> went;
  std::map<outlet_key, outlet_counts> outlets;
};

/// What one exporter shard has taken from each lane, and what it holds.
struct shard_counts {
  std::vector<std::map<tenant_id, std::uint64_t>> received_by_lane;
  /// Points of the leases it holds, as the last lane's marker found them.
  std::map<tenant_id, std::uint64_t> in_flight;
};

/// A marker's findings, between two readings of the books.
struct audit_round {
  std::vector<ledger::tenant_view> before;
  std::vector<lane_counts> lanes;
  std::map<std::pair<route_name, std::size_t>, shard_counts> shards;
  /// Points of which the spool has the only copy, as it counts them itself;
  /// absent without a spool.
  std::optional<std::map<outlet_key, std::uint64_t>> spooled;
  std::vector<ledger::tenant_view> after;
};

struct audit_outcome {
  /// One sentence each; empty if all agree.
  std::vector<std::string> disagreements;
  /// Books that did not move in between: compared to the point. The others are
  /// held to the two readings.
  std::size_t still = 0;
  std::size_t moving = 0;
};

/// `earlier`: the books after the previous round; what a book that has not
/// moved since still holds is held by nobody.
[[nodiscard]] audit_outcome
judge(const audit_round& round,
      const std::vector<ledger::tenant_view>& earlier);

} // namespace pgmuster
