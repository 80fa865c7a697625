// Frames on disk: where, when, and how much of them.
#pragma once

#include "config/byte_count.hpp"
#include "config/limits.hpp"

#include <cstdint>
#include <filesystem>

namespace pgmuster {

/// Which frames are written.
enum class spool_mode : std::uint8_t {
  /// Those that cannot be sent now.
  overflow,
  /// Each one, before it is sent.
  always
};

/// When written frames are forced to the disk. A process that dies loses
/// nothing of what was written; a machine that loses power does.
enum class sync_policy : std::uint8_t {
  never,
  each_second,
  /// Before a frame counts as written.
  always
};

struct spool_config {
  /// Empty: there is no spool.
  std::filesystem::path directory;
  spool_mode mode = spool_mode::overflow;
  sync_policy sync = sync_policy::each_second;
  /// Of all partitions; the largest (tenant, route) gives way.
  byte_count bytes_max = limits::spool_bytes_max;
  /// Of one tenant and route; past it the oldest segment goes.
  byte_count route_bytes_max = limits::spool_route_bytes_max;
  byte_count quarantine_bytes_max = limits::quarantine_bytes_max;
  /// Room on the file system that is left to others.
  byte_count free_min = limits::spool_free_min;
};

} // namespace pgmuster
