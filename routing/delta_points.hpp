// What the sums of an observation added since the one before: the points of
// routes that take deltas. Each delta stands on its own: one that is lost later
// changes no other.
#pragma once

#include "codec/points.hpp"
#include "config/limits.hpp"
#include "routing/held_rows.hpp"
#include "routing/ledger.hpp"

#include <string>
#include <unordered_map>
#include <vector>

namespace pgmuster {

struct delta_limits {
  std::size_t rows_max = limits::delta_rows_max;
  seconds forgotten_after = limits::delta_row_forgotten_after;
  /// When there is no room, rows that were silent for so long make some.
  seconds quiet = 3 * limits::refresh_after;
};

/// Holds the last values of the counters of each row. Only counters become
/// deltas: gauges, and sums that fall as well, stay as they are. Used by one
/// thread; what it is given is in order a target, and has been through
/// `refresh_filter` or `accumulated_family`, whose step rows say when a silent
/// series was last observed.
class delta_points {
public:
  struct outcome {
    std::vector<point_block> blocks;
    /// Points that are not in `blocks`. Unchanged: nothing was added, or it is
    /// the first value, from which the next one is counted.
    left_out rest;
  };

  explicit delta_points(delta_limits limits = {}) : limits_(limits) {}

  /// A delta begins at the row's previous time. A row whose start is not before
  /// that was reset: its value is the delta, from its start. In another
  /// incarnation of the target values are first ones again, and so are those of
  /// a row that begins.
  [[nodiscard]] outcome convert(const observation& seen);

  [[nodiscard]] std::size_t rows() const noexcept { return rows_.size(); }
  /// An estimate.
  [[nodiscard]] std::size_t bytes() const noexcept;

private:
  struct last_row {
    std::uint64_t incarnation = 0;
    wall_time start{};
    wall_time time{};
    /// `pack_cells`; absent where the row never had a value.
    std::string packed;
  };

  void convert_row(const point_block& from,
                   const point_row& row,
                   std::uint64_t hash,
                   outcome& into);
  last_row* place_for(std::uint64_t hash);
  /// What `row` adds to what `held` has; holds the row from now on.
  point_row advance(const block_layout& layout,
                    last_row& held,
                    const point_row& row,
                    left_out& rest);
  void forget(wall_time before);

  delta_limits limits_;
  std::unordered_map<std::uint64_t, last_row> rows_;
  wall_time now_{};
  wall_time swept_{};
  wall_time made_room_{};
  std::uint64_t incarnation_ = 0;
  /// Of the row at hand: what was held, and whether the column counts.
  std::vector<held_cell> cells_;
  std::vector<bool> counts_;
  std::string packing_;
};

} // namespace pgmuster
