// Sums stay exact through admissions and evictions, every point is accounted
// for, and series begin, step, rest and end as SEMANTICS §3 says.
#include "tests/routing/cardinality_case.hpp"
#include "tests/routing/random_source.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <optional>
#include <string>

namespace pgmuster {
namespace {

using testing_routing::dice;
using bench = testing_routing::cardinality_bench;
using testing_routing::moved;
using testing_routing::rows_of;
using testing_routing::values;

entry_delta nameless(values deltas) {
  auto made = moved("", std::move(deltas));
  made.unattributed = true;
  return made;
}

std::uint64_t cells_of(const accumulation_outcome& outcome) {
  std::uint64_t cells = 0;
  for (const auto& row : outcome.block.rows) {
    for (const auto& value : row.values) {
      cells += value.present() ? 1U : 0U;
    }
  }
  return cells;
}

/// What a backend would see: per series the rises between its points.
class receiver {
public:
  void take(const accumulation_outcome& outcome, std::size_t columns) {
    total_.resize(columns);
    for (const auto& row : outcome.block.rows) {
      ASSERT_GT(row.values_of_keys.size(), entry_fingerprint_key);
      for (std::size_t c = 0; c < columns; ++c) {
        if (row.values[c].present()) {
          take(last_[{row.values_of_keys[3], c}], row, c);
        }
      }
    }
  }
  [[nodiscard]] const values& total() const { return total_; }

private:
  struct point {
    std::int64_t value;
    wall_time start;
    wall_time time;
  };

  void take(std::optional<point>& last, const point_row& row, std::size_t c) {
    const point now{row.values[c].integer, row.start, row.time};
    if (!last || last->start != now.start) {
      ASSERT_EQ(now.value, 0) << "a series begins with 0";
      ASSERT_EQ(now.time, now.start);
      ASSERT_TRUE(!last || now.start >= last->time);
    } else {
      ASSERT_GT(now.time, last->time) << row.values_of_keys[3];
      ASSERT_GE(now.value, last->value);
      total_[c] += now.value - last->value;
    }
    last = now;
  }

  std::map<std::pair<std::string, std::size_t>, std::optional<point>> last_;
  values total_;
};

TEST(accumulated_family, sums_and_accounts_are_exact_over_thousands_of_cycles) {
  dice random;
  constexpr std::size_t columns = 4;
  bench it{columns};
  it.limits.kept_max = 8;
  it.limits.hysteresis = 1.2;
  receiver backend;
  values all(columns);
  std::size_t admitted_most = 0;
  backend.take(it.cycle({}), columns);
  for (int i = 0; i < 5'000; ++i) {
    std::vector<entry_delta> entries;
    for (auto n = random.upto(15); n > 0 && !random.one_in(4); --n) {
      values deltas(columns);
      for (auto& delta : deltas) {
        delta = random.one_in(2)
                  ? 0
                  : static_cast<std::int64_t>(random.upto(1'000'000'000));
      }
      for (std::size_t c = 0; c < columns; ++c) {
        all[c] += deltas[c];
      }
      if (random.one_in(15)) {
        entries.push_back(nameless(deltas));
      } else {
        // Which series are busy drifts, so that members change.
        const auto id = random.upto(12) + static_cast<std::uint64_t>(i) / 200;
        entries.push_back(
          moved(random.one_in(10) ? "" : "f" + std::to_string(id), deltas));
      }
    }
    const auto cells = entries.size() * columns;
    const auto outcome = it.cycle(std::move(entries));
    ASSERT_EQ(outcome.violations, 0U);
    ASSERT_EQ(outcome.went.passed + outcome.went.unchanged
                + outcome.went.folded,
              cells);
    ASSERT_EQ(outcome.went.passed + outcome.made, cells_of(outcome));
    backend.take(outcome, columns);
    ASSERT_FALSE(::testing::Test::HasFatalFailure()) << "cycle " << i;
    ASSERT_EQ(backend.total().empty() ? values(columns) : backend.total(), all)
      << "cycle " << i;
    ASSERT_LE(it.family.kept(), 8U);
    admitted_most = std::max(admitted_most, it.family.kept());
  }
  EXPECT_EQ(admitted_most, 8U);
}

TEST(accumulated_family, a_delta_that_is_cut_short_is_a_violation) {
  bench it{2};
  EXPECT_EQ(it.cycle({moved("a", {1, 2, 3})}).violations, 1U);
}

TEST(accumulated_family, other_is_there_as_zero_from_the_first_cycle) {
  bench it{2};
  const auto outcome = it.cycle({});
  const auto rows = rows_of(outcome, "other");
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_EQ(rows[0].values_of_keys,
            (std::vector<std::string>{"shop", "", "", "other", "", ""}));
  EXPECT_EQ(rows[0].start, it.now);
  EXPECT_EQ(rows[0].values[1].integer, 0);
  EXPECT_EQ(outcome.made, 2U);
  EXPECT_TRUE(rows_of(outcome, "unattributed").empty());
}

TEST(accumulated_family, deltas_without_a_previous_time_are_owed_for_a_cycle) {
  bench it{1};
  const auto zero = rows_of(it.cycle({moved("", {7})}), "other");
  ASSERT_EQ(zero.size(), 1U);
  EXPECT_EQ(zero[0].values[0].integer, 0);
  const auto paid = rows_of(it.cycle({}), "other");
  ASSERT_EQ(paid.size(), 1U);
  EXPECT_EQ(paid[0].values[0].integer, 7);
  EXPECT_EQ(paid[0].start, zero[0].start);
}

TEST(accumulated_family, admission_takes_effect_after_the_cycle) {
  bench it{1};
  it.cycle({});
  const auto first = it.cycle({moved("a", {5})});
  EXPECT_EQ(rows_of(first, "other").back().values[0].integer, 5);
  const auto zero = rows_of(first, "a");
  ASSERT_EQ(zero.size(), 1U);
  EXPECT_EQ(zero[0].values[0].integer, 0);
  EXPECT_EQ(zero[0].start, zero[0].time);
  EXPECT_EQ(first.went.passed, 0U);
  EXPECT_EQ(first.went.folded, 1U);
  const auto second = it.cycle({moved("a", {7}), moved("a", {4})});
  const auto grown = rows_of(second, "a");
  ASSERT_EQ(grown.size(), 1U);
  EXPECT_EQ(grown[0].values[0].integer, 11);
  EXPECT_EQ(grown[0].start, zero[0].time);
  EXPECT_EQ(second.went.passed, 1U);
  EXPECT_EQ(second.went.folded, 1U);
  EXPECT_EQ(second.made, 0U);
}

TEST(accumulated_family, a_held_value_is_sent_before_the_step) {
  bench it{1};
  it.cycle({moved("a", {1})});
  it.cycle({moved("a", {2})});
  EXPECT_TRUE(it.cycle({}).block.rows.empty());
  EXPECT_TRUE(it.cycle({}).block.rows.empty());
  const auto silent_until = it.now;
  const auto outcome = it.cycle({moved("a", {3})});
  const auto rows = rows_of(outcome, "a");
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(rows[0].time, silent_until);
  EXPECT_EQ(rows[0].values[0].integer, 2);
  EXPECT_EQ(rows[1].time, it.now);
  EXPECT_EQ(rows[1].values[0].integer, 5);
  EXPECT_EQ(outcome.made, 1U);
  EXPECT_EQ(outcome.went.passed, 1U);
}

TEST(accumulated_family, a_column_that_rests_waits_for_its_refresh) {
  bench it{2};
  it.cycle({moved("a", {1, 1})});
  it.cycle({moved("a", {2, 2})});
  const auto busy = it.cycle({moved("a", {3, 0})});
  const auto rows = rows_of(busy, "a");
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_EQ(rows[0].values[0].integer, 5);
  EXPECT_FALSE(rows[0].values[1].present());
  EXPECT_EQ(busy.went.passed, 1U);
  EXPECT_EQ(busy.went.unchanged, 1U);
  const auto silent_until = it.now;
  const auto both = rows_of(it.cycle({moved("a", {1, 4})}), "a");
  ASSERT_EQ(both.size(), 2U);
  EXPECT_EQ(both[0].time, silent_until);
  EXPECT_FALSE(both[0].values[0].present());
  EXPECT_EQ(both[0].values[1].integer, 2);
  EXPECT_EQ(both[1].values[0].integer, 6);
  EXPECT_EQ(both[1].values[1].integer, 6);
  int refreshed = 0;
  for (int i = 0; i < 60; ++i) {
    for (const auto& row : rows_of(it.cycle({moved("a", {1, 0})}), "a")) {
      refreshed += row.values[1].present() ? 1 : 0;
    }
  }
  EXPECT_EQ(refreshed, 2);
}

TEST(accumulated_family, eviction_ends_all_columns_of_a_series) {
  bench it{2};
  it.limits.kept_max = 1;
  it.limits.decay = 1.0;
  it.cycle({moved("a", {1, 1})});
  it.cycle({moved("a", {2, 2})});
  const auto outcome = it.cycle({moved("a", {1, 0}), moved("b", {1'000, 0})});
  const auto rows = rows_of(outcome, "a");
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(rows[0].values[0].integer, 3);
  EXPECT_EQ(rows[1].values[1].integer, 2);
  EXPECT_EQ(rows[1].time, it.now);
  EXPECT_EQ(outcome.went.passed + outcome.made, cells_of(outcome));
}

TEST(accumulated_family, an_idle_series_is_refreshed_in_its_time) {
  bench it{1};
  it.cycle({});
  it.cycle({moved("a", {1})});
  const auto quiet_from = it.now;
  std::map<std::string, std::vector<seconds>> sent;
  for (int i = 0; i < 100; ++i) {
    const auto outcome = it.cycle({});
    for (const auto& row : outcome.block.rows) {
      sent[row.values_of_keys[3]].push_back(
        std::chrono::duration_cast<seconds>(row.time - quiet_from));
    }
    EXPECT_EQ(outcome.made, outcome.block.rows.size());
  }
  for (const auto& series : {"a", "other"}) {
    seconds last{0};
    ASSERT_GE(sent[series].size(), 3U);
    for (const auto at : sent[series]) {
      EXPECT_GE(at - last, seconds{240}) << series;
      EXPECT_LE(at - last, seconds{280}) << series;
      last = at;
    }
  }
}

TEST(accumulated_family, membership_is_sticky_until_one_is_clearly_above) {
  bench it{1};
  it.limits.kept_max = 1;
  it.limits.decay = 1.0;
  it.cycle({moved("a", {100})});
  it.cycle({moved("b", {140})});
  EXPECT_TRUE(rows_of(it.cycle({moved("b", {5})}), "b").empty());
  const auto outcome = it.cycle({moved("b", {10})});
  EXPECT_EQ(rows_of(outcome, "b").size(), 1U);
  const auto last = rows_of(outcome, "a");
  ASSERT_EQ(last.size(), 1U);
  EXPECT_EQ(last[0].time, it.now);
  EXPECT_EQ(it.family.kept(), 1U);
}

TEST(accumulated_family, readmission_is_a_new_series_with_a_new_start) {
  bench it{1};
  it.limits.kept_max = 1;
  it.cycle({moved("a", {100})});
  it.cycle({moved("a", {100})});
  it.cycle({moved("b", {1'000})});
  const auto again = rows_of(it.cycle({moved("a", {100'000})}), "a");
  ASSERT_EQ(again.size(), 1U);
  EXPECT_EQ(again[0].start, it.now);
  EXPECT_EQ(again[0].values[0].integer, 0);
}

TEST(accumulated_family, unattributed_appears_with_its_first_entry) {
  bench it{1};
  it.cycle({});
  const auto before = it.now;
  const auto outcome = it.cycle({nameless({9})});
  const auto rows = rows_of(outcome, "unattributed");
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(rows[0].values[0].integer, 0);
  EXPECT_EQ(rows[0].time, before);
  EXPECT_EQ(rows[1].values[0].integer, 9);
  EXPECT_EQ(outcome.went.folded, 1U);
}

TEST(accumulated_family, forgets_the_lowest_scores_past_its_bound) {
  bench it{1};
  it.limits.kept_max = 2;
  it.limits.candidates_per_kept = 5;
  for (int i = 0; i < 100; ++i) {
    it.cycle({moved("f" + std::to_string(i), {10})});
  }
  EXPECT_GT(it.family.candidates_forgotten(), 50U);
  EXPECT_LT(it.family.bytes(), 3'000U);
}

TEST(accumulated_family, other_columns_than_before_begin_anew) {
  bench it{2};
  it.cycle({moved("a", {1, 1})});
  it.layout = testing_routing::layout_of(3);
  const auto outcome = it.cycle({});
  EXPECT_EQ(it.family.kept(), 0U);
  EXPECT_EQ(rows_of(outcome, "other").at(0).start, it.now);
  EXPECT_EQ(outcome.violations, 0U);
}

} // namespace
} // namespace pgmuster
