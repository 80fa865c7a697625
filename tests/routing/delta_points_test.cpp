// Each delta begins where its row was last observed, and a first value, a reset
// and a failover are what they are.
#include "routing/delta_points.hpp"
#include "tests/routing/delta_case.hpp"

#include <gtest/gtest.h>

#include <string>

namespace pgmuster {
namespace {

using testing_routing::layout_of_kinds;
using testing_routing::some_resource;
using testing_routing::t0;

/// One target, whose rows are given as they leave the shaping stages.
struct bench {
  explicit bench(delta_limits limits = {}) : deltas(limits) {}

  delta_points::outcome see(wall_time time, std::vector<point_row> rows) {
    observation seen;
    seen.of = of;
    seen.time = time;
    seen.incarnation = incarnation;
    seen.blocks.push_back({layout, std::move(rows)});
    return deltas.convert(seen);
  }
  static point_row
  row(wall_time start, wall_time time, std::int64_t reads, std::string name) {
    return {{std::move(name)}, {number::of(reads)}, start, time};
  }
  /// One row with one counter.
  delta_points::outcome count(int start, int time, std::int64_t reads) {
    return see(t0 + seconds{time},
               {row(t0 + seconds{start}, t0 + seconds{time}, reads, "a")});
  }

  std::shared_ptr<const resource> of = some_resource();
  std::shared_ptr<const block_layout> layout = layout_of_kinds();
  delta_points deltas;
  std::uint64_t incarnation = 1;
};

void expect_delta(const delta_points::outcome& outcome,
                  int start,
                  int time,
                  std::int64_t added) {
  ASSERT_EQ(outcome.blocks.size(), 1U);
  ASSERT_EQ(outcome.blocks[0].rows.size(), 1U);
  const auto& row = outcome.blocks[0].rows[0];
  EXPECT_EQ(row.values[0].integer, added);
  EXPECT_EQ(row.start, t0 + seconds{start});
  EXPECT_EQ(row.time, t0 + seconds{time});
}

TEST(delta_points, the_first_value_is_where_counting_begins) {
  bench with;
  const auto first = with.count(-100, 10, 5'000);
  EXPECT_TRUE(first.blocks.empty());
  EXPECT_EQ(first.rest.unchanged, 1U);
  expect_delta(with.count(-100, 20, 5'003), 10, 20, 3);
}

TEST(delta_points, a_row_that_begins_again_counts_from_there) {
  bench with;
  with.count(-100, 10, 5'000);
  expect_delta(with.count(-100, 20, 5'003), 10, 20, 3);
  auto again = bench::row(t0 - seconds{100}, t0 + seconds{90}, 6'000, "a");
  again.begins = true;
  const auto nothing = with.see(t0 + seconds{90}, {again});
  EXPECT_TRUE(nothing.blocks.empty()) << "that is in other";
  EXPECT_EQ(nothing.rest.unchanged, 1U);
  expect_delta(with.count(-100, 100, 6'001), 90, 100, 1);
}

TEST(delta_points, an_admitted_series_counts_from_its_first_0) {
  bench with;
  EXPECT_TRUE(with.count(10, 10, 0).blocks.empty());
  expect_delta(with.count(10, 20, 8), 10, 20, 8);
}

TEST(delta_points, what_did_not_change_is_not_sent_and_moves_the_start) {
  bench with;
  (void)with.count(0, 10, 1);
  const auto rest = with.count(0, 250, 1);
  EXPECT_TRUE(rest.blocks.empty());
  EXPECT_EQ(rest.rest.unchanged, 1U);
  expect_delta(with.count(0, 260, 2), 250, 260, 1);
}

TEST(delta_points, a_reset_counts_from_0_since_the_previous_observation) {
  bench with;
  (void)with.count(0, 10, 500);
  expect_delta(with.count(10, 20, 7), 10, 20, 7);
  expect_delta(with.count(10, 30, 9), 20, 30, 2);
}

TEST(delta_points, a_counter_that_fell_unnoticed_counts_from_0) {
  bench with;
  (void)with.count(0, 10, 500);
  expect_delta(with.count(0, 20, 7), 10, 20, 7);
}

TEST(delta_points, a_start_that_another_stage_forgot_is_no_reset) {
  bench with;
  (void)with.count(0, 10, 100);
  expect_delta(with.count(10, 20, 7), 10, 20, 7);
  // The source's own start again: of the first life, and of the second.
  expect_delta(with.count(0, 30, 9), 20, 30, 2);
  expect_delta(with.count(15, 40, 12), 30, 40, 3);
}

TEST(delta_points, after_a_failover_values_are_first_ones) {
  bench with;
  (void)with.count(0, 10, 100);
  with.incarnation = 2;
  const auto first = with.count(10, 20, 1'000'000);
  EXPECT_TRUE(first.blocks.empty());
  EXPECT_EQ(first.rest.unchanged, 1U);
  expect_delta(with.count(10, 30, 1'000'002), 20, 30, 2);
  with.incarnation = 0;
  expect_delta(with.count(10, 40, 1'000'005), 30, 40, 3);
}

TEST(delta_points, gauges_and_sums_that_fall_go_as_they_are) {
  bench with;
  const auto whole = [](int time, std::int64_t reads) {
    auto made = bench::row(t0, t0 + seconds{time}, reads, "a");
    made.values.push_back({});
    made.values.push_back(number::of(std::int64_t{-4}));
    made.values.push_back(number::of(std::int64_t{11}));
    return made;
  };
  (void)with.see(t0 + seconds{10}, {whole(10, 1)});
  const auto second = with.see(t0 + seconds{20}, {whole(20, 3)});
  ASSERT_EQ(second.blocks[0].rows.size(), 2U);
  const auto& as_is = second.blocks[0].rows[0];
  EXPECT_EQ(as_is.start, t0);
  EXPECT_FALSE(as_is.values[0].present());
  EXPECT_EQ(as_is.values[2].integer, -4);
  EXPECT_EQ(as_is.values[3].integer, 11);
  const auto& delta = second.blocks[0].rows[1];
  EXPECT_EQ(delta.values[0].integer, 2);
  EXPECT_FALSE(delta.values[2].present());
  EXPECT_EQ(second.rest.unchanged, 0U);
}

TEST(delta_points, rows_beyond_the_bound_are_counted_and_room_is_made) {
  bench with{
    {.rows_max = 2, .forgotten_after = seconds{10'000}, .quiet = seconds{60}}};
  const auto rows = [](int time, std::initializer_list<const char*> names) {
    std::vector<point_row> made;
    for (const auto* name : names) {
      made.push_back(bench::row(t0, t0 + seconds{time}, time, name));
    }
    return made;
  };
  EXPECT_EQ(
    with.see(t0 + seconds{10}, rows(10, {"a", "b", "c"})).rest.beyond_limit,
    1U);
  EXPECT_EQ(with.deltas.rows(), 2U);
  EXPECT_EQ(with.see(t0 + seconds{50}, rows(50, {"a"})).blocks.size(), 1U);
  EXPECT_EQ(with.see(t0 + seconds{90}, rows(90, {"a", "c"})).rest.beyond_limit,
            0U)
    << "b was silent for long enough";
  EXPECT_EQ(with.see(t0 + seconds{100}, rows(100, {"c"})).blocks.size(), 1U);
  (void)with.see(t0 + seconds{20'000}, {});
  EXPECT_EQ(with.deltas.rows(), 0U);
}

} // namespace
} // namespace pgmuster
