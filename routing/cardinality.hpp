// Which entries of an accumulated family have a series of their own; the rest
// adds up in `other` (SEMANTICS §3).
#pragma once

#include "codec/points.hpp"
#include "config/limits.hpp"
#include "routing/ledger.hpp"
#include "routing/ranked_members.hpp"

#include <string>
#include <vector>

namespace pgmuster {

struct cardinality_limits {
  std::size_t kept_max = limits::kept_entries_default;
  /// Column by whose decayed sum entries are admitted.
  std::size_t ranked_by = 0;
  /// Of a newcomer, Δ of that column by Δ of the block's `counted_by`: below it
  /// the cycle does not count for it.
  std::int64_t mean_min = 0;
  /// As `member_limits` has them.
  double hysteresis = 1.5;
  double decay = 0.9;
  seconds refresh_after = limits::refresh_after;
  std::size_t candidates_per_kept = 4;
};

struct accumulation_outcome {
  /// Of kept series, `other` and `unattributed` the columns that moved, or all
  /// of them where a refresh is due; the others are absent.
  point_block block;
  /// Where the cells of the moved entries went: passed + unchanged + folded =
  /// moved × columns. Passed: a point of the block stands for the cell (the
  /// first entry of a kept series). Unchanged: such a cell, but its column
  /// rested. Folded: added into another's point, `other` or `unattributed`.
  shaping_tally went;
  /// The block's points that stand for no observed cell.
  std::uint64_t made = 0;
  /// Σ Δkept + Δother + Δunattributed ≠ Σ Δ of all entries: must stay 0.
  std::uint64_t violations = 0;
};

/// Accumulators of one (instance, family, database). Membership changes take
/// effect after the cycle. A kept series occupies its attribute values, a
/// varint a column that is not 0 and about 70 B.
class accumulated_family {
public:
  /// A kept series is as many of `budget` as it has columns; null: unbounded.
  /// `other` and `unattributed` are always there.
  explicit accumulated_family(
    std::shared_ptr<series_budget> budget = nullptr) noexcept
    : members_(std::move(budget)) {}

  /// `phase_hash` spreads refreshes. Several entries may add into one series.
  /// Preconditions: `now` rises from call to call; as many deltas an entry as
  /// the layout has columns.
  [[nodiscard]] accumulation_outcome absorb(const entry_block& read,
                                            const cardinality_limits& limits,
                                            wall_time now,
                                            std::uint64_t phase_hash);
  [[nodiscard]] std::size_t kept() const noexcept { return kept_.size(); }
  /// An estimate.
  [[nodiscard]] std::size_t bytes() const noexcept;
  /// Series whose score was forgotten because the candidates were too many.
  [[nodiscard]] std::uint64_t candidates_forgotten() const noexcept {
    return members_.forgotten();
  }
  /// Admissions that the budget, not the number of kept ones, stood in the way
  /// of.
  [[nodiscard]] std::uint64_t over_budget() const noexcept {
    return members_.over_budget();
  }

private:
  struct series {
    /// Of its name; `other` and `unattributed` are not looked for.
    std::uint64_t hash = 0;
    wall_time start{};
    /// Its latest row.
    wall_time sent{};
    /// When all columns were last sent at once.
    wall_time refreshed{};
    /// Where `bytes_` has it: its attribute values, each ended by a zero byte
    /// (none before it began), then a bit a column that was in its latest row
    /// and a sum a column, as `put_numbers` writes them (nothing: it had no
    /// row, all sums are 0).
    std::uint32_t at = 0;
    std::uint32_t names_length = 0;
    std::uint32_t packed_length = 0;
    /// Its total was never sent: there was no time after its first 0 yet.
    bool owed = false;
  };
  class cycle;

  /// Null: it is not kept.
  [[nodiscard]] series* find(std::uint64_t hash) noexcept;

  /// Whom `kept_` has. Both by the hash of the series' name, and sorted.
  ranked_members members_;
  std::vector<series> kept_;
  /// Names and sums of all series, one after another.
  std::string bytes_;
  series other_;
  /// Without a start until there is such an entry.
  series unattributed_;
  std::shared_ptr<const block_layout> layout_;
  wall_time last_{};
  bool started_ = false;
};

} // namespace pgmuster
