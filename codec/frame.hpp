// A frame: one encoded and compressed request of one route shard, with the
// header that everything but the destination reads.
#pragma once

#include "config/configuration.hpp"
#include "config/strong_id.hpp"
#include "config/time.hpp"

#include <cstdint>
#include <string>

namespace pgmuster {

enum class signal : std::uint8_t { metrics, logs };

struct frame {
  tenant_id tenant;
  route_name route;
  signal carries = signal::metrics;
  compression encoding = compression::none;
  sum_temporality sums = sum_temporality::cumulative;
  /// hash(instance) modulo the route's shards.
  std::size_t shard = 0;
  std::uint64_t points = 0;
  std::uint64_t bytes_before_compression = 0;
  wall_time oldest{};
  wall_time newest{};
  /// What is sent. Opaque to all but the encoder and the destination.
  std::string payload;
};

} // namespace pgmuster
