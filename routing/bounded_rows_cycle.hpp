// One call of bounded_rows::bound: what each row rose by, into whose sums that
// goes, and who is kept from then on.
#pragma once

#include "routing/bounded_rows.hpp"
#include "routing/held_rows.hpp"

#include <unordered_set>
#include <vector>

namespace pgmuster {

/// One call of `bound`.
class bounded_rows::cycle {
public:
  cycle(bounded_rows& family,
        point_block& block,
        const member_limits& limits,
        wall_time now,
        std::uint64_t incarnation)
    : family_(family),
      block_(block),
      layout_(*block.layout),
      limits_(limits),
      now_(now),
      incarnation_(incarnation),
      columns_(layout_.columns.size()) {}

  bounded_outcome run();

private:
  using newcomers = std::vector<ranked_members::newcomer>;
  struct known_row {
    std::uint64_t hash = 0;
    /// When the cycle began, and when it ended.
    bool member = false;
    bool stays = false;
  };

  [[nodiscard]] instrument kind(std::size_t column) const noexcept {
    return layout_.metrics[layout_.columns[column].metric].kind;
  }
  [[nodiscard]] number zero(std::size_t column) const noexcept {
    return layout_.metrics[layout_.columns[column].metric].real
             ? number::of(0.0)
             : number::of(std::int64_t{0});
  }
  void start();
  void identify();
  void keep_first();
  void take_rises(std::size_t at);
  void find_rises(const point_row& row, std::uint64_t hash);
  [[nodiscard]] double rank_of(const point_row& row) const;
  void add(const point_row& row, std::vector<number>& into) const;
  void add_to_other();
  void choose();
  void note_absent();
  void hold();
  void part(std::vector<point_row>& rows);
  [[nodiscard]] point_row other() const;
  void check();

  bounded_rows& family_;
  point_block& block_;
  const block_layout& layout_;
  const member_limits& limits_;
  wall_time now_;
  std::uint64_t incarnation_;
  std::size_t columns_;
  bounded_outcome outcome_;
  bool first_ = false;
  std::vector<known_row> known_;
  held_rows_reader before_;
  std::vector<held_cell> cells_;
  /// Of the row at hand: what its counters rose by.
  std::vector<number> rises_;
  newcomers newcomers_;
  std::unordered_set<std::uint64_t> new_hashes_;
  /// A column: what kept rows and all rows rose by, or are.
  std::vector<number> kept_;
  std::vector<number> all_;
  /// Of rows that are not kept: what is no counter.
  std::vector<number> rest_;
  std::vector<number> others_before_;
};

} // namespace pgmuster
