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
  /// Rows that the server had beyond the probe's limit.
  std::uint64_t turned_away = 0;
};

/// For raw probes. `fallback_start` is the postmaster's start: used for rows
/// without a start column or with NULL in it.
[[nodiscard]] mapping_outcome map_rows(const negotiated_probe& probe,
                                       const row_set& rows,
                                       wall_time fallback_start,
                                       wall_time now);

} // namespace pgmuster
