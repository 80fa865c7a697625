// Which rows of a raw probe have series of their own; the rest is in `other`
// (SEMANTICS §3).
#pragma once

#include "codec/points.hpp"
#include "routing/ranked_members.hpp"

#include <string>
#include <unordered_map>
#include <vector>

namespace pgmuster {

struct bounded_outcome {
  /// Present cells of rows without series, whose point is that of `other`.
  std::uint64_t folded = 0;
  /// Columns in which kept and `other` were not what all rows were: must stay
  /// 0.
  std::uint64_t violations = 0;
};

/// The rows of one (instance, probe, database). Membership changes take effect
/// after the cycle. While all rows are kept 16 B each are held; else the values
/// of all of them, too, as `held_rows_writer` writes them: about 90 B for a
/// table.
class bounded_rows {
public:
  /// A kept row is as many of `budget` as the layout has columns; null:
  /// unbounded. `other` is always there.
  explicit bounded_rows(std::shared_ptr<series_budget> budget = nullptr)
    : members_(std::move(budget)) {}

  /// Takes the rows out of `block` that are not kept, and appends `other`.
  ///
  /// What counters rose by adds up in `other`, from 0 when the family began, in
  /// exact integers (doubles as they add). Of up-down counters, and of gauges
  /// that add, it is the sum of the rows that are not kept, of other gauges the
  /// highest value, absent if none has one. A row that is admitted is still in
  /// there this time; its counters stay and say where its series begins. One
  /// that goes stays for the last time.
  ///
  /// What a counter rose by is as SEMANTICS §2 has it: nothing after another
  /// `incarnation`; all of it after a reset, or if the row was not in the block
  /// before and that was complete.
  [[nodiscard]] bounded_outcome bound(point_block& block,
                                      member_limits limits,
                                      wall_time now,
                                      std::uint64_t incarnation);

  [[nodiscard]] std::size_t kept() const noexcept { return members_.size(); }
  [[nodiscard]] std::uint64_t over_budget() const noexcept {
    return members_.over_budget();
  }
  /// An estimate.
  [[nodiscard]] std::size_t bytes() const noexcept {
    return sizeof *this + members_.bytes() + held_.capacity()
           + others_.capacity() * sizeof(number);
  }

private:
  class cycle;

  ranked_members members_;
  /// Members that were not in the latest blocks, and in how many.
  std::unordered_map<std::uint64_t, unsigned> absent_;
  /// The rows of the latest block, if not all of them were kept.
  std::string held_;
  bool crowded_ = false;
  bool complete_ = false;
  /// Sums of counters, a column.
  std::vector<number> others_;
  std::shared_ptr<const block_layout> layout_;
  wall_time start_{};
  std::uint64_t incarnation_ = 0;
};

} // namespace pgmuster
