// A loss that comes again and again costs few lines, and none of it is unsaid.
#include "routing/seldom_told.hpp"

#include <gtest/gtest.h>

namespace pgmuster {
namespace {

mono_time at(int second) {
  return mono_time{seconds{second}};
}

TEST(seldom_told, the_first_comes_at_once_the_rest_as_a_sum_a_minute_later) {
  seldom_told lines{1};
  const auto first = lines.add(1, 10, 100, at(0));
  ASSERT_TRUE(first);
  EXPECT_EQ(first->points, 10U);
  int told = 0;
  std::uint64_t points = 10;
  for (int second = 1; second <= 600; ++second) {
    if (const auto now = lines.add(1, 10, 100, at(second))) {
      ++told;
      points += now->points;
      EXPECT_EQ(now->times, 60U);
      EXPECT_EQ(now->frames, 60U);
      EXPECT_EQ(now->bytes, 6'000U);
    }
  }
  EXPECT_EQ(told, 10) << "one a minute";
  EXPECT_EQ(points, 6'010U);
  EXPECT_FALSE(lines.rest());
}

TEST(seldom_told, a_loss_after_a_quiet_while_comes_at_once_again) {
  seldom_told lines{1};
  EXPECT_TRUE(lines.add(1, 1, 1, at(0)));
  EXPECT_FALSE(lines.add(1, 1, 1, at(1)));
  const auto later = lines.add(1, 1, 1, at(1'000));
  ASSERT_TRUE(later);
  EXPECT_EQ(later->times, 2U);
}

TEST(seldom_told, some_may_come_without_a_pause) {
  seldom_told lines{3};
  for (int one = 0; one < 3; ++one) {
    EXPECT_TRUE(lines.add(1, 1, 1, at(0)));
  }
  EXPECT_FALSE(lines.add(1, 1, 1, at(0)));
}

TEST(seldom_told, what_was_kept_can_be_told_at_the_end) {
  seldom_told lines{1};
  EXPECT_FALSE(lines.rest());
  EXPECT_TRUE(lines.add(1, 5, 1, at(0)));
  EXPECT_FALSE(lines.add(2, 6, 7, at(1)));
  const auto rest = lines.rest();
  ASSERT_TRUE(rest);
  EXPECT_EQ(rest->frames, 2U);
  EXPECT_EQ(rest->points, 6U);
  EXPECT_FALSE(lines.rest());
}

} // namespace
} // namespace pgmuster
