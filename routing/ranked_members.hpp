// Who of many has series of its own: those of the highest decayed cost, not
// changing places for little, within a bound and a budget.
#pragma once

#include "routing/series_budget.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace pgmuster {

struct member_limits {
  std::size_t most = 0;
  /// Of the budget, for each.
  std::uint64_t series_each = 1;
  /// A newcomer must be this much above the lowest member.
  double hysteresis = 1.5;
  /// Share of the old score that survives a cycle.
  double decay = 0.9;
  /// Scores remembered of those without a place, by places; the lowest are
  /// forgotten.
  std::size_t candidates_per_member = 4;
};

/// Members and candidates are known by a hash and occupy 16 B each.
class ranked_members {
public:
  struct newcomer {
    std::uint64_t hash = 0;
    /// What it adds to its score in this cycle.
    double cost = 0;
  };
  /// Somebody who got a place, or lost it.
  struct change {
    std::uint64_t hash = 0;
    bool admitted = false;
  };

  /// Null: unbounded.
  explicit ranked_members(
    std::shared_ptr<series_budget> budget = nullptr) noexcept
    : lease_(std::move(budget)) {}

  /// A cycle begins: what was before counts less.
  void decay(double share);
  [[nodiscard]] bool contains(std::uint64_t hash) const;
  /// Adds to a member's score; false if it is none.
  bool add(std::uint64_t hash, double cost);
  /// Who of `seen`, which are no members, gets a place, and who loses his for
  /// that: to be carried out in this order. Among equals the first goes first.
  [[nodiscard]] std::vector<change> choose(std::vector<newcomer> seen,
                                           const member_limits& limits);
  /// Members that are not among these, which are sorted.
  [[nodiscard]] std::vector<std::uint64_t>
  without(const std::vector<std::uint64_t>& present) const;
  /// It is gone.
  void remove(std::uint64_t hash, const member_limits& limits);
  void clear();

  [[nodiscard]] std::size_t size() const noexcept { return members_.size(); }
  /// Calls of `choose` that the budget, not the bound, stood in the way of, by
  /// those who were turned away.
  [[nodiscard]] std::uint64_t over_budget() const noexcept {
    return over_budget_;
  }
  /// Candidates whose score was forgotten because they were too many.
  [[nodiscard]] std::uint64_t forgotten() const noexcept { return forgotten_; }
  /// An estimate, without the object itself.
  [[nodiscard]] std::size_t bytes() const noexcept {
    return (members_.capacity() + candidates_.capacity()) * sizeof(ranked);
  }

private:
  struct ranked {
    std::uint64_t hash = 0;
    double score = 0;
  };
  using list = std::vector<ranked>;

  static void sort_by_hash(list& what);
  void score(std::vector<newcomer>& seen);
  [[nodiscard]] bool make_place(double score,
                                const member_limits& limits,
                                std::vector<change>& made);
  bool evict_below(double score,
                   const member_limits& limits,
                   std::vector<change>& made);
  void bound_candidates(std::size_t most);

  series_lease lease_;
  /// Both sorted by hash.
  list members_;
  list candidates_;
  std::uint64_t over_budget_ = 0;
  std::uint64_t forgotten_ = 0;
};

} // namespace pgmuster
