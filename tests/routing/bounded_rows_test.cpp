// Which rows have series of their own, and where the others are.
#include "tests/routing/bounded_rows_case.hpp"

#include <gtest/gtest.h>

#include <iostream>

namespace pgmuster {
namespace {

using testing_routing::age;
using testing_routing::changed;
using testing_routing::many;
using testing_routing::reads;
using testing_routing::size;
using testing_routing::tables;
using testing_routing::writes;
using bench = testing_routing::bounded_bench;

TEST(bounded_rows, what_fits_passes_as_it_is_beside_an_other_of_zeros) {
  bench it{10};
  const auto rows = it.cycle(many(5));
  ASSERT_EQ(rows.size(), 6U);
  EXPECT_EQ(rows[2].values[reads].integer, 102);
  EXPECT_FALSE(rows[2].begins);
  const auto& other = rows.back();
  EXPECT_EQ(other.values_of_keys, (std::vector<std::string>{"shop", "other"}));
  EXPECT_EQ(other.start, it.now);
  EXPECT_EQ(other.values[reads].integer, 0);
  EXPECT_TRUE(other.values[reads].present());
  EXPECT_TRUE(other.values[size].present());
  EXPECT_FALSE(other.values[changed].present());
  EXPECT_FALSE(other.values[age].present());
  EXPECT_EQ(it.outcome.folded, 0U);
  EXPECT_LT(it.family.bytes(), 1'000U);
}

TEST(bounded_rows, the_first_places_go_to_those_that_did_most) {
  bench it{2};
  it.cycle(many(5));
  EXPECT_TRUE(it.told("t4") && it.told("t3"));
  EXPECT_FALSE(it.told("t0") || it.told("t1") || it.told("t2"));
  EXPECT_EQ(it.other(reads), 0);
  EXPECT_EQ(it.other(size), 3'000);
  EXPECT_EQ(it.other(changed), 21);
  EXPECT_EQ(it.other(age), 62) << "the highest of those that are not kept";
  EXPECT_EQ(it.outcome.folded, 15U);
}

TEST(bounded_rows, what_the_others_rose_by_adds_up) {
  bench it{2};
  auto seen = many(5);
  it.cycle(seen);
  const auto began = it.told("other")->start;
  seen["t0"].values[reads] += 1;
  seen["t1"].values[writes] += 5;
  seen["t4"].values[reads] += 1'000;
  it.cycle(seen);
  EXPECT_EQ(it.other(reads), 1);
  EXPECT_EQ(it.other(writes), 5);
  EXPECT_EQ(it.told("other")->start, began);
}

TEST(bounded_rows, a_new_table_begins_in_other_and_then_has_series) {
  bench it{10};
  auto seen = many(2);
  it.cycle(seen);
  seen["new"].values = {40, 4, 8, 1, 1};
  it.cycle(seen);
  EXPECT_EQ(it.other(reads), 40);
  EXPECT_EQ(it.other(size), 8);
  const auto first = it.told("new");
  ASSERT_TRUE(first);
  EXPECT_TRUE(first->begins);
  EXPECT_EQ(first->values[reads].integer, 40);
  EXPECT_FALSE(first->values[size].present());
  EXPECT_EQ(it.outcome.folded, 3U);
  seen["new"].values[reads] += 2;
  it.cycle(seen);
  EXPECT_EQ(it.other(reads), 40);
  EXPECT_EQ(it.other(size), 0);
  EXPECT_FALSE(it.told("new")->begins);
  EXPECT_EQ(it.told("new")->values[size].integer, 8);
}

TEST(bounded_rows, a_table_that_first_comes_after_an_incomplete_read_adds_0) {
  bench it{10};
  auto seen = many(2);
  it.complete = false;
  it.cycle(seen);
  seen["late"].values = {40, 4, 8, 1, 1};
  it.complete = true;
  it.cycle(seen);
  EXPECT_EQ(it.other(reads), 0);
  seen["later"].values = {50, 4, 8, 1, 1};
  it.cycle(seen);
  EXPECT_EQ(it.other(reads), 50);
}

TEST(bounded_rows,
     another_incarnation_adds_nothing_even_if_counters_are_above) {
  bench it{1};
  auto seen = many(3);
  it.cycle(seen);
  it.incarnation = 2;
  for (auto& [name, one] : seen) {
    one.values[reads] += 1'000'000;
  }
  seen["new"].values = {40, 4, 8, 1, 1};
  it.cycle(seen);
  EXPECT_EQ(it.other(reads), 0);
  seen["t0"].values[reads] += 3;
  it.cycle(seen);
  EXPECT_EQ(it.other(reads), 3);
}

TEST(bounded_rows, after_a_reset_all_of_it_is_new) {
  bench it{1};
  auto seen = many(3);
  it.cycle(seen);
  // By its counters: one of them fell.
  seen["t0"].values = {100, 3, 0, 0, 0};
  it.cycle(seen);
  EXPECT_EQ(it.other(reads), 100);
  EXPECT_EQ(it.other(writes), 3);
  // By its source's word.
  seen["t1"].start = it.now;
  seen["t1"].values = {500, 20, 0, 0, 0};
  it.cycle(seen);
  EXPECT_EQ(it.other(reads), 600);
  EXPECT_EQ(it.other(writes), 23);
}

TEST(bounded_rows, a_reset_of_another_table_is_none_of_its_own) {
  bench it{1};
  auto seen = many(3);
  it.cycle(seen);
  // The database says when any of its tables was reset.
  for (auto& [name, one] : seen) {
    one.start = it.now;
  }
  seen["t0"].values = {2, 0, 0, 0, 0};
  seen["t1"].values[reads] += 5;
  it.cycle(seen);
  EXPECT_EQ(it.other(reads), 7);
  EXPECT_EQ(it.other(writes), 0);
}

TEST(bounded_rows, a_busy_table_takes_the_place_of_an_idle_one) {
  bench it{2};
  auto seen = many(4);
  it.cycle(seen);
  ASSERT_TRUE(it.told("t2") && it.told("t3"));
  seen["t3"].values[reads] += 1'000;
  seen["t0"].values[reads] += 900;
  it.cycle(seen);
  EXPECT_TRUE(it.told("t2")) << "stays for the last time";
  EXPECT_TRUE(it.told("t0")->begins);
  EXPECT_EQ(it.other(reads), 900);
  seen["t0"].values[reads] += 1;
  seen["t2"].values[reads] += 10;
  it.cycle(seen);
  EXPECT_FALSE(it.told("t2"));
  EXPECT_EQ(it.told("t0")->values[reads].integer, 1'001);
  EXPECT_EQ(it.other(reads), 910);
  // About equal ones do not change places.
  seen["t2"].values[reads] += 1'000;
  it.cycle(seen);
  EXPECT_FALSE(it.told("t2"));
}

TEST(bounded_rows, a_dropped_table_gives_its_place_back_but_not_at_once) {
  auto budget = std::make_shared<series_budget>(1'000);
  bench it{2};
  it.family = bounded_rows{budget};
  auto seen = many(3);
  it.cycle(seen);
  EXPECT_EQ(budget->taken(), 10U);
  const auto dropped = *seen.find("t2");
  seen.erase("t2");
  it.cycle(seen);
  it.cycle(seen);
  seen.insert(dropped);
  it.cycle(seen);
  EXPECT_FALSE(it.told("t2")->begins) << "it was locked, say";
  seen.erase("t2");
  for (int i = 0; i < 4; ++i) {
    it.cycle(seen);
  }
  EXPECT_EQ(it.family.kept(), 2U);
  EXPECT_TRUE(it.told("t0"));
  seen.clear();
  for (int i = 0; i < 4; ++i) {
    it.cycle(seen);
  }
  EXPECT_EQ(it.family.kept(), 0U);
  EXPECT_EQ(budget->taken(), 0U);
  EXPECT_LT(it.family.bytes(), 1'000U);
}

TEST(bounded_rows, a_budget_that_is_used_up_folds_what_the_bound_would_keep) {
  auto budget = std::make_shared<series_budget>(12);
  bench it{10};
  it.family = bounded_rows{budget};
  auto seen = many(4);
  it.cycle(seen);
  EXPECT_EQ(it.family.kept(), 2U);
  EXPECT_GT(it.family.over_budget(), 0U);
  seen["t0"].values[reads] += 3;
  it.cycle(seen);
  EXPECT_EQ(it.other(reads), 3);
}

TEST(bounded_rows, other_columns_than_before_begin_anew) {
  auto budget = std::make_shared<series_budget>(1'000);
  bench it{2};
  it.family = bounded_rows{budget};
  auto seen = many(3);
  it.cycle(seen);
  seen["t0"].values[reads] += 3;
  it.cycle(seen);
  EXPECT_EQ(it.other(reads), 3);
  it.layout = tables(1);
  it.cycle(seen);
  EXPECT_EQ(it.other(reads), 0);
  EXPECT_EQ(it.told("other")->start, it.now);
  EXPECT_EQ(budget->taken(), 8U);
}

TEST(bounded_rows, thousands_of_tables_occupy_little) {
  bench it{300};
  auto seen = many(5'000);
  for (int i = 0; i < 3; ++i) {
    it.cycle(seen);
    for (auto& [name, one] : seen) {
      one.values[reads] += 17;
    }
  }
  std::cout << it.family.bytes() << " B for 5,000 rows\n";
  EXPECT_LT(it.family.bytes(), 5'000U * 100);
  EXPECT_EQ(it.family.kept(), 300U);
}

} // namespace
} // namespace pgmuster
