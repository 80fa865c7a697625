// A flood of events is cut to what a target may tell.
#include "routing/event_allowance.hpp"

#include <gtest/gtest.h>

namespace pgmuster {
namespace {

constexpr mono_time t0{seconds{1'000}};

TEST(event_allowance, some_come_at_once_then_one_for_each_refill) {
  event_allowance one;
  const event_limits limits{5, seconds{2}};
  EXPECT_EQ(one.take(3, t0, limits), 3U);
  EXPECT_EQ(one.take(9, t0, limits), 2U);
  EXPECT_EQ(one.take(1, t0 + seconds{1}, limits), 0U);
  EXPECT_EQ(one.take(9, t0 + seconds{2}, limits), 1U);
  EXPECT_EQ(one.take(9, t0 + seconds{7}, limits), 2U);
  EXPECT_EQ(one.take(9, t0 + seconds{8}, limits), 1U);
}

TEST(event_allowance, what_was_not_used_is_not_saved_up) {
  event_allowance one;
  const event_limits limits{5, seconds{2}};
  EXPECT_EQ(one.take(1, t0, limits), 1U);
  EXPECT_EQ(one.take(100, t0 + seconds{3'600}, limits), 5U);
}

TEST(event_allowance, a_flood_is_bounded_over_any_time) {
  event_allowance one;
  const event_limits limits{20, seconds{2}};
  std::uint64_t told = 0;
  for (int step = 0; step < 100'000; ++step) {
    told += one.take(3, t0 + milliseconds{step * 10}, limits);
  }
  EXPECT_LE(told, 20U + 1'000'000 / 2'000);
}

} // namespace
} // namespace pgmuster
