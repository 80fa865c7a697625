// The types of PostgreSQL that a simulated server answers with.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace pgmuster::loadtest {

enum class wire_type : std::uint8_t {
  boolean,
  int2,
  int4,
  int8,
  oid,
  xid,
  float8,
  name,
  text,
  timestamptz,
  interval,
  pg_lsn,
  numeric,
  inet
};

/// As in pg_type: `int8`, `timestamptz`.
[[nodiscard]] std::optional<wire_type>
wire_type_named(std::string_view name) noexcept;

[[nodiscard]] std::uint32_t oid_of(wire_type type) noexcept;
/// Of a row value.
inline constexpr std::uint32_t record_type_oid = 2249;

/// -1 for what varies.
[[nodiscard]] std::int16_t length_of(wire_type type) noexcept;

} // namespace pgmuster::loadtest
