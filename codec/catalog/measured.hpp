// What a probe's item makes of a cell: a number, nothing, or a misfit that is
// counted.
#pragma once

#include "codec/catalog/probe_definition.hpp"
#include "codec/rows.hpp"

#include <optional>
#include <string>

namespace pgmuster {

/// Cells whose type did not fit what the probe declares; counted, not fatal.
struct bad_cell_count {
  std::uint64_t cells = 0;
  /// Words about the first one.
  std::string first;

  void add(const probe_item& item, const cell& value);
};

/// The value of a metric's item; `nullopt` when the cell does not fit it.
/// Precondition: the item's role is metric.
[[nodiscard]] std::optional<number> measured(const probe_definition& from,
                                             const probe_item& item,
                                             const cell& value);

} // namespace pgmuster
