// Binary values of PostgreSQL become cells; types outside the list are not
// read, so that a probe casts what it selects.
#pragma once

#include "codec/rows.hpp"

#include <cstdint>
#include <span>
#include <string_view>

namespace pgmuster::postgres {

/// How a column's bytes are read; by its type's OID (pg_type.dat).
enum class column_format : std::uint8_t {
  unknown,
  boolean,
  int2,
  int4,
  int8,
  /// oid, xid: four bytes, unsigned.
  unsigned4,
  float4,
  float8,
  /// timestamp, timestamptz: microseconds since 2000-01-01.
  timestamp,
  interval,
  text
};

[[nodiscard]] column_format format_of(std::uint32_t type) noexcept;

/// One value that is not null; false when its length does not fit its type.
/// Infinite times become null. Text points into `bytes`.
[[nodiscard]] bool
decode_cell(column_format format, std::string_view bytes, cell& out) noexcept;

/// A row value (`record`, as record_send writes it: a count, then type, length
/// and bytes of each). False when it does not hold `out.size()` values of the
/// types above, or row values, which become text of their bytes.
[[nodiscard]] bool unpack_record(std::string_view bytes,
                                 std::span<cell> out) noexcept;

/// The type of a row value.
inline constexpr std::uint32_t record_type = 2249;

/// Row values within row values: what the catalog asks for has one within.
inline constexpr int record_depth_max = 8;

/// The first type in a row value that is not read, `record_type` when the bytes
/// are none or lie deeper than `depth`; 0 when all are.
[[nodiscard]] std::uint32_t unread_type(std::string_view row,
                                        int depth = record_depth_max) noexcept;

} // namespace pgmuster::postgres
