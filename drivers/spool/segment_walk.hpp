// Goes from record to record of a segment; what cannot be trusted is passed
// over up to the next record that can, and told.
#pragma once

#include "drivers/spool/byte_source.hpp"
#include "drivers/spool/segment_format.hpp"

namespace pgmuster::spooling {

/// What was passed over.
struct lost_stretch {
  std::uint64_t bytes = 0;
  /// Exact where a later record says what went before it, or where a torn
  /// record's own head is whole.
  std::uint64_t points = 0;
  /// Ordinals [from, to) are missing; equal if not known.
  std::uint32_t from = 0;
  std::uint32_t to = 0;
};

struct walked_record {
  std::uint64_t offset = 0;
  parsed_record found;
  /// Before it; 0 bytes if nothing is missing.
  lost_stretch lost;

  [[nodiscard]] std::uint64_t end() const noexcept {
    return offset + found.head_bytes + found.payload_bytes;
  }
};

/// Reads heads only; payloads are `read_payload`'s.
class segment_walk {
public:
  segment_walk(byte_source& from, const segment_identity& of) noexcept
    : from_(from), of_(of) {}

  /// From a record's own place on.
  segment_walk(byte_source& from,
               const segment_identity& of,
               std::uint64_t offset,
               std::uint32_t ordinal) noexcept
    : from_(from), of_(of), offset_(offset), ordinal_(ordinal) {}

  /// The next record whose head is whole and whose payload is within the
  /// segment; empty at the end.
  [[nodiscard]] std::optional<walked_record> next();

  /// After the end: what is lost behind the last record.
  [[nodiscard]] const lost_stretch& tail() const noexcept { return tail_; }

private:
  [[nodiscard]] std::optional<parsed_record> record_at(std::uint64_t offset);
  [[nodiscard]] std::optional<std::uint64_t> next_marker(std::uint64_t from);

  byte_source& from_;
  const segment_identity& of_;
  std::uint64_t offset_ = records_begin;
  std::uint32_t ordinal_ = 0;
  std::uint64_t points_ = 0;
  lost_stretch tail_;
};

/// Error: corrupt.
[[nodiscard]] result<std::string> read_payload(byte_source& from,
                                               const walked_record& of);

} // namespace pgmuster::spooling
