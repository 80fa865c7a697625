// The bytes of a segment: its beginning and its records, version 1 of the
// format (docs/decisions/0009).
#pragma once

#include "config/result.hpp"
#include "drivers/spool/errc.hpp"
#include "drivers/spool/spool_types.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace pgmuster::spooling {

inline constexpr std::uint32_t format_version = 1;

/// Two copies of the beginning, of this size each, go before the records: a
/// bad block must not cost a whole segment.
inline constexpr std::size_t beginning_bytes = 2'048;
inline constexpr std::size_t records_begin = 2 * beginning_bytes;

/// A record's fixed part: marker, lengths, two checksums.
inline constexpr std::size_t prefix_bytes = 32;
inline constexpr std::size_t head_bytes_max = 8'192;
inline constexpr std::size_t payload_bytes_max = 256U * 1024 * 1024;
/// Of a tenant or a route.
inline constexpr std::size_t name_bytes_max = 900;
/// What is kept of a destination's words.
inline constexpr std::size_t words_bytes_max = 4'000;

struct segment_identity {
  partition_key of;
  /// Grows over all segments of a spool.
  std::uint64_t sequence = 0;
  wall_time created{};
  /// Random. Seeds all checksums of the segment, so that no payload can be
  /// made to look like a record of ours.
  std::uint64_t salt = 0;
};

/// `records_begin` bytes. Error: too_large.
[[nodiscard]] result<std::string>
encode_beginning(const segment_identity& what);

/// `bytes` is the front of a segment. Errors: other_version (the context says
/// which), not_a_segment.
[[nodiscard]] result<segment_identity> parse_beginning(std::string_view bytes);

/// Of a segment's front: what is missing of its beginning, or differs between
/// the copies. The other copy still says whose the segment is.
[[nodiscard]] std::uint64_t damaged_beginning(std::string_view bytes) noexcept;

/// All of a record but its payload.
struct record_head {
  /// The frame, without its payload.
  frame about;
  wall_time written{};
  std::string words;
  /// Records and points that went before it in its segment: what is missing
  /// between two records is known exactly.
  std::uint32_t ordinal = 0;
  std::uint64_t points_before = 0;
};

/// Prefix and head; the payload follows. `offset` is where it will lie. Error:
/// too_large.
[[nodiscard]] result<std::string> encode_record_head(const record_head& head,
                                                     std::string_view payload,
                                                     std::uint64_t salt,
                                                     std::uint64_t offset);

struct parsed_record {
  record_head head;
  /// Prefix and head.
  std::size_t head_bytes = 0;
  std::size_t payload_bytes = 0;
  std::uint64_t payload_checksum = 0;
  /// What the payload's checksum is seeded with.
  std::uint64_t payload_seed = 0;
};

/// The record whose prefix and head `bytes` begins with, if its checksum says
/// that it is one and it belongs to this segment. `wanted` receives how many
/// bytes must be seen for an answer, if `bytes` has too few.
[[nodiscard]] std::optional<parsed_record>
parse_record_head(std::string_view bytes,
                  const segment_identity& of,
                  std::uint64_t offset,
                  std::size_t& wanted);

[[nodiscard]] bool payload_is_whole(const parsed_record& of,
                                    std::string_view payload);

/// What a record begins with.
[[nodiscard]] std::string_view record_marker() noexcept;

} // namespace pgmuster::spooling
