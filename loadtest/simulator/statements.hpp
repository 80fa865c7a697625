// The entries of pg_stat_statements: which there are at a moment, and what
// each has counted.
#pragma once

#include "loadtest/simulator/growth.hpp"
#include "loadtest/simulator/rows.hpp"

namespace pgmuster::loadtest {

/// OID of the one role that runs them.
inline constexpr std::int64_t statements_role_oid = 16'383;

/// What an entry has behind it.
struct entry_state {
  /// Steps in which it ran, since it was entered.
  std::int64_t steps = 0;
  /// It was there before time began.
  bool has_past = false;
  /// Entered anew at this step; 0: with its past.
  step_number entered = 0;

  [[nodiscard]] bool visible() const noexcept { return has_past || steps > 0; }
};

/// How many statements run in each step.
[[nodiscard]] std::int64_t moving_statements(const size_profile& size) noexcept;

/// Entry `index` of the profile's own statements.
[[nodiscard]] entry_state entry_at(const instance_plan& plan,
                                   const moment& now,
                                   std::uint32_t index) noexcept;

/// All of the profile's statements are there, and those that do not move are
/// as on every other instance of the profile.
[[nodiscard]] bool undisturbed(const instance_plan& plan,
                               const moment& now) noexcept;

/// Queries seen once: ordinals [first, last) have an entry.
struct distinct_range {
  std::uint64_t first = 0;
  std::uint64_t last = 0;
};
[[nodiscard]] distinct_range distinct_at(const instance_plan& plan,
                                         const moment& now) noexcept;

/// A counter of an entry in the units of its column (µs for times). Inline,
/// since an answer has thousands.
[[nodiscard]] inline std::int64_t
entry_counter(std::uint64_t instance_key,
              const asked_item& column,
              std::uint32_t index,
              const entry_state& state,
              std::uint32_t incarnation) noexcept {
  constexpr std::int64_t permille = 1'000;
  constexpr std::int64_t steps_ahead = 5'000'000;
  const auto bits = mixed(column.key ^ (std::uint64_t{index} << 20U));
  if (column.rule.rate_max == 0
      || static_cast<std::int64_t>(bits % permille)
           >= column.rule.present_permille) {
    return 0;
  }
  const auto rate = 1 + below(bits, column.rule.rate_max);
  auto value = state.has_past ? rate * (100 + below(bits << 17U, 10'000)) : 0;
  if (state.steps > 0 || incarnation > 0) {
    // No two instances run a statement equally often.
    const auto here = mixed(instance_key, bits);
    const auto own = rate + below(here, rate / 2 + 1);
    value += grown(here, own, state.steps);
    value += state.has_past ? own * steps_ahead * incarnation : 0;
  }
  return value;
}

/// The same of a query that was seen once.
[[nodiscard]] std::int64_t distinct_counter(const asked_item& column,
                                            std::uint64_t ordinal) noexcept;

/// Identity and texts of an entry.
[[nodiscard]] std::int64_t queryid_of(std::uint32_t index) noexcept;
[[nodiscard]] std::int64_t distinct_queryid_of(std::uint64_t ordinal) noexcept;
/// Which database of the plan it runs in.
[[nodiscard]] std::uint32_t database_of(const size_profile& size,
                                        std::uint32_t index) noexcept;
/// No two have one fingerprint; numbers are in letters, since fingerprints
/// leave out digits of names.
[[nodiscard]] std::string text_of_statement(std::uint32_t index);
[[nodiscard]] std::string text_of_distinct(std::uint64_t ordinal);

} // namespace pgmuster::loadtest
