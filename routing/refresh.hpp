// Which cells of raw blocks are worth sending: those that changed, and the
// unchanged ones once they are due for a refresh (SEMANTICS §3).
#pragma once

#include "codec/points.hpp"
#include "config/limits.hpp"

#include <optional>
#include <string>
#include <unordered_map>

namespace pgmuster {

/// Whether a series that was last sent `age` ago is sent again unchanged: never
/// before `after`; from there on spread by `hash` over an eighth of it, unless
/// the next chance, `cycle` later, would come after that.
[[nodiscard]] bool due_for_refresh(nanoseconds age,
                                   nanoseconds cycle,
                                   nanoseconds after,
                                   std::uint64_t hash) noexcept;

struct refresh_limits {
  seconds refresh_after = limits::refresh_after;
  /// A row that was not seen for so many refresh periods is forgotten.
  int forgotten_after = 3;
  /// Rows whose values are held; beyond it rows pass as they are.
  std::size_t rows_max = 100'000;
};

/// Held values of raw blocks. One may serve several targets: `phase_hash`
/// (hash of tenant and target) is part of a row's identity, as are the probe,
/// its columns and the row's key values. A row occupies about 100 B, one byte a
/// cell and a varint a value (doubles: 8 B): 200 B for 25 integer columns.
class refresh_filter {
public:
  struct tally {
    /// Observed cells that stay in the block.
    std::uint64_t passed = 0;
    /// Observed cells taken out.
    std::uint64_t unchanged = 0;
    /// Cells of added step rows.
    std::uint64_t made = 0;
  };

  explicit refresh_filter(refresh_limits limits = {}) : limits_(limits) {}

  /// Takes unchanged cells of sums out of `block` (gauges always stay) (rows
  /// left empty go altogether) and adds step rows before rows that change after
  /// a silence. Rewrites the start of rows whose source was reset (its start
  /// changed or a counter fell): the previous observation's time; until the
  /// source says yet another start.
  tally filter(point_block& block, wall_time now, std::uint64_t phase_hash);

  [[nodiscard]] std::size_t rows() const noexcept { return rows_.size(); }
  /// An estimate.
  [[nodiscard]] std::size_t bytes() const noexcept;
  /// Rows that passed as they were because the bound was reached.
  [[nodiscard]] std::uint64_t unfiltered() const noexcept {
    return unfiltered_;
  }

private:
  struct held_row {
    /// As the source says it, and as it is sent.
    wall_time source_start{};
    wall_time start{};
    /// Previous observation.
    wall_time seen{};
    /// When all of its cells were last sent.
    wall_time refreshed{};
    /// A cell: one byte (kind, whether sent when last seen), then its value.
    std::string packed;
  };
  struct held_cell {
    number value;
    /// It was in what was sent of the previous observation.
    bool sent = false;
  };

  void pass(held_row& held, const block_layout& layout, const point_row& row);
  std::optional<point_row> compare(held_row& held,
                                   const block_layout& layout,
                                   point_row& row,
                                   std::uint64_t hash);
  void forget_unseen(wall_time now);
  void unpack(const std::string& packed, std::size_t columns);
  void pack_into(std::string& packed);
  [[nodiscard]] bool counter_fell(const block_layout& layout,
                                  const point_row& row) const noexcept;

  refresh_limits limits_;
  std::unordered_map<std::uint64_t, held_row> rows_;
  /// The row at hand, cell by cell, and room to pack it in.
  std::vector<held_cell> cells_;
  std::string packing_;
  wall_time swept_{};
  std::uint64_t unfiltered_ = 0;
};

} // namespace pgmuster
