// Which lane and which exporter shard a target belongs to: its hash decides.
#pragma once

#include <cstddef>
#include <cstdint>

namespace pgmuster {

/// Index of the lane; 0 if there is none to choose.
[[nodiscard]] constexpr std::size_t lane_for(std::uint64_t hash,
                                             std::size_t lanes) noexcept {
  return lanes == 0 ? 0 : hash % lanes;
}

/// Index of the route's exporter shard, and `frame::shard`.
[[nodiscard]] constexpr std::size_t shard_for(std::uint64_t hash,
                                              std::size_t shards) noexcept {
  return lane_for(hash, shards);
}

} // namespace pgmuster
