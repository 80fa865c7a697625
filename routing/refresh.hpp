// Which cells of raw blocks are worth sending: those that changed, and the
// unchanged ones once they are due for a refresh (SEMANTICS §3).
#pragma once

#include "codec/points.hpp"
#include "config/limits.hpp"
#include "routing/held_rows.hpp"

#include <memory>
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

/// Where a block is worked on; filters used by one thread share one.
struct refresh_room {
  held_rows_reader before;
  held_rows_writer after;
  /// The row at hand, cell by cell, and packed.
  std::vector<held_cell> cells;
  std::string packed;
};

/// Held values of raw blocks, of one reader: rows that came in other blocks of
/// the same layout are looked through, too. One may serve several targets:
/// `phase_hash` (hash of tenant and target) is part of a row's identity, as are
/// the probe, its columns and the row's key values. A row occupies about 20 B,
/// a byte a cell of a sum and a varint a value that is not 0 (doubles: 8 B).
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

  explicit refresh_filter(refresh_limits limits = {},
                          std::shared_ptr<refresh_room> room = nullptr)
    : limits_(limits),
      room_(room ? std::move(room) : std::make_shared<refresh_room>()) {}

  /// Takes unchanged cells of sums out of `block` (gauges always stay) (rows
  /// left empty go altogether) and adds step rows before rows that change after
  /// a silence. The last `ours` rows are no observed ones: what is sent of them
  /// is made. Rewrites the start of rows that began anew: the previous
  /// observation's time; until the source says yet another start.
  tally filter(point_block& block,
               wall_time now,
               std::uint64_t phase_hash,
               std::size_t ours = 0);

  [[nodiscard]] std::size_t rows() const noexcept { return rows_; }
  /// An estimate.
  [[nodiscard]] std::size_t bytes() const noexcept;
  /// Rows that passed as they were because the bound was reached.
  [[nodiscard]] std::uint64_t unfiltered() const noexcept {
    return unfiltered_;
  }

private:
  /// The rows of a probe's columns.
  struct held_block {
    std::string packed;
    std::size_t rows = 0;
    wall_time used{};
  };

  void pass(held_row& held, const block_layout& layout, const point_row& row);
  std::optional<point_row>
  compare(held_row& held, const block_layout& layout, point_row& row);
  /// What of `row` stays is added to `kept`; counts what it adds itself.
  void sift(const block_layout& layout,
            point_row row,
            std::uint64_t hash,
            std::vector<point_row>& kept,
            tally& went);
  void keep_unseen(wall_time now);
  void store(held_block& held, wall_time now);
  void forget_unused(wall_time now);

  refresh_limits limits_;
  std::shared_ptr<refresh_room> room_;
  /// By probe, columns and target.
  std::unordered_map<std::uint64_t, held_block> blocks_;
  std::size_t rows_ = 0;
  wall_time swept_{};
  std::uint64_t unfiltered_ = 0;
};

} // namespace pgmuster
