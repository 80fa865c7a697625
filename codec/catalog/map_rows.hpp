// Turns a probe's rows into points or entries.
#pragma once

#include "codec/catalog/negotiate.hpp"
#include "codec/rows.hpp"

namespace pgmuster {

struct mapping_outcome {
  point_block block;
  std::uint64_t points = 0;
  /// Cells whose type did not fit what the probe declares; counted, not fatal.
  std::uint64_t bad_cells = 0;
  std::string first_bad;
};

/// For raw probes. `fallback_start` is the postmaster's start: used for rows
/// without a start column or with NULL in it.
[[nodiscard]] mapping_outcome map_rows(const negotiated_probe& probe,
                                       const row_set& rows,
                                       wall_time fallback_start,
                                       wall_time now);

/// All entries of an accumulated probe as read, flat: absolute values as exact
/// integers (times in µs).
struct entry_readings {
  std::size_t count = 0;
  std::size_t columns = 0;
  /// `key items × 8` bytes an entry: each key item as a big-endian integer.
  std::size_t key_width = 0;
  /// `count × key_width` bytes.
  std::string keys;
  /// `count × columns`, row-major, parallel to the layout's columns; NULL is 0.
  std::vector<std::int64_t> values;
  /// The `start` item (stats_since) in µs; empty where the probe has none.
  std::vector<std::int64_t> since;
  /// The value of the key item named `dbid`; empty where there is none.
  std::vector<std::int64_t> database_oids;
  /// A key item was NULL: no identity.
  std::vector<std::uint8_t> unattributed;

  [[nodiscard]] std::string_view key(std::size_t entry) const noexcept {
    return std::string_view{keys}.substr(entry * key_width, key_width);
  }
};

struct entries_outcome {
  entry_readings read;
  std::uint64_t bad_cells = 0;
  std::string first_bad;
};

[[nodiscard]] entries_outcome map_entries(const negotiated_probe& probe,
                                          const row_set& rows);

} // namespace pgmuster
