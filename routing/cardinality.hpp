// Which entries of an accumulated family have a series of their own; the rest
// adds up in `other` (SEMANTICS §3).
#pragma once

#include "codec/points.hpp"
#include "routing/ledger.hpp"

#include <string>
#include <unordered_map>

namespace pgmuster {

struct cardinality_limits {
  std::size_t kept_max = 50;
  /// Column by whose decayed sum entries are admitted.
  std::size_t ranked_by = 0;
  /// A newcomer must be this much above the lowest kept one.
  double hysteresis = 1.5;
  /// Share of the old score that survives a cycle.
  double decay = 0.9;
  seconds refresh_after{240};
};

struct accumulation_outcome {
  /// Kept series that moved or are due for a refresh, `other`, `unattributed`.
  point_block block;
  /// Of the block's points: those that stand for observed ones (a kept entry
  /// that moved), the rest are made by us.
  shaping_tally went;
  std::uint64_t made = 0;
  /// Σ Δkept + Δother + Δunattributed ≠ Σ Δ of all entries: must stay 0.
  std::uint64_t violations = 0;
};

/// Accumulators of one (instance, family, database). Membership changes take
/// effect after the cycle.
class accumulated_family {
public:
  /// `phase_hash` spreads refreshes. Several entries may add into one series.
  [[nodiscard]] accumulation_outcome absorb(const entry_block& read,
                                            const cardinality_limits& limits,
                                            wall_time now,
                                            std::uint64_t phase_hash);
  [[nodiscard]] std::size_t kept() const noexcept;
  [[nodiscard]] std::size_t bytes() const noexcept;

private:
  struct series {
    std::vector<std::string> values_of_keys;
    std::vector<std::int64_t> totals;
    wall_time start{};
    wall_time sent{};
    double score = 0;
  };
  void choose_members(const cardinality_limits& limits, wall_time now);

  std::unordered_map<std::string, series> kept_;
  /// Scores of series without a place; bounded, lowest forgotten.
  std::unordered_map<std::string, std::pair<double, std::vector<std::string>>>
    candidates_;
  series other_;
  series unattributed_;
  bool started_ = false;
};

} // namespace pgmuster
