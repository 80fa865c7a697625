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

/// One entry of an accumulated probe as read: absolute values as integers.
struct entry_reading {
  /// The key items' bytes; empty when a key item was NULL (unattributed).
  std::string key;
  /// The integer value of the key item named `dbid`, 0 if there is none.
  std::int64_t database_oid = 0;
  /// Parallel to the layout's columns; absent cells are 0.
  std::vector<std::int64_t> values;
  /// The `start` item (stats_since) in µs, 0 where there is none.
  std::int64_t since = 0;
};

struct entries_outcome {
  std::vector<entry_reading> entries;
  std::uint64_t bad_cells = 0;
  std::string first_bad;
};

[[nodiscard]] entries_outcome map_entries(const negotiated_probe& probe,
                                          const row_set& rows);

} // namespace pgmuster
