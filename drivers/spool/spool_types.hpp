// The words in which the spool is spoken to: where a frame lies, and what the
// spool has and had.
#pragma once

#include "codec/frame.hpp"
#include "config/byte_count.hpp"
#include "config/limits.hpp"
#include "config/spool_config.hpp"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

namespace pgmuster::spooling {

struct spool_options : spool_config {
  byte_count segment_bytes = limits::spool_segment_bytes;
  /// Frames that wait to be written.
  byte_count queued_max = limits::spool_queued_max;
  /// After the disk was full, until it is tried again.
  milliseconds try_again_after = limits::spool_try_again_after;
};

/// In the spool's folder: what is to be sent, and what no destination takes.
inline constexpr const char* frames_folder = "frames";
inline constexpr const char* quarantine_folder = "quarantine";

/// Frames of one partition come out in the order in which they went in.
struct partition_key {
  route_name route;
  tenant_id tenant;
  std::size_t shard = 0;
  auto operator<=>(const partition_key&) const = default;
};

[[nodiscard]] inline partition_key partition_of(const frame& what) {
  return {what.route, what.tenant, what.shard};
}

/// Where a record lies; grows with each append to a partition.
struct record_position {
  std::uint64_t segment = 0;
  std::uint32_t ordinal = 0;
  auto operator<=>(const record_position&) const = default;
};

enum class custody : std::uint8_t { waiting, kept };

struct spooled_frame {
  record_position position;
  std::shared_ptr<const frame> what;
  /// When it was written.
  wall_time written{};
  /// Of a quarantined frame: what the destination said.
  std::string words;
  /// An earlier run wrote it.
  bool earlier_run = false;
};

struct spool_loss {
  enum class reason : std::uint8_t { full, corrupt };
  reason why = reason::full;
  /// As far as they are known; a torn end may hide one frame's.
  std::uint64_t points = 0;
  std::uint64_t frames = 0;
  std::uint64_t bytes = 0;
};

enum class spool_state : std::uint8_t {
  writing,
  /// No room: frames are refused, and it is tried again.
  disk_full,
  /// The disk fails: as above.
  failing
};

struct partition_waiting {
  partition_key of;
  std::uint64_t frames = 0;
  std::uint64_t points = 0;
};

struct spool_counts {
  spool_state state = spool_state::writing;
  std::uint64_t segments = 0;
  std::uint64_t bytes = 0;
  std::uint64_t frames_waiting = 0;
  std::uint64_t points_waiting = 0;
  std::uint64_t quarantined_frames = 0;
  std::uint64_t quarantined_bytes = 0;
  /// Segments of another version, or without a readable beginning.
  std::uint64_t refused_segments = 0;
  // Since start.
  std::uint64_t written_frames = 0;
  std::uint64_t written_bytes = 0;
  std::uint64_t read_frames = 0;
  std::uint64_t read_bytes = 0;
  std::uint64_t corrupt_bytes = 0;
  std::uint64_t refused_frames = 0;
  std::uint64_t syncs = 0;
  std::uint64_t syncs_failed = 0;
};

} // namespace pgmuster::spooling
