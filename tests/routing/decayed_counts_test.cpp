// Counts halve with time, and a flood of things is bounded.
#include "routing/decayed_counts.hpp"

#include <gtest/gtest.h>

namespace pgmuster {
namespace {

constexpr mono_time t0{seconds{1'000}};

TEST(decayed_counts, a_count_halves_with_time) {
  decayed_counts seen{10, seconds{60}};
  EXPECT_EQ(seen.add(1, t0), 0);
  EXPECT_EQ(seen.add(1, t0), 1);
  EXPECT_DOUBLE_EQ(seen.add(1, t0 + seconds{60}), 1);
  EXPECT_DOUBLE_EQ(seen.add(1, t0 + seconds{180}), 0.5);
  EXPECT_DOUBLE_EQ(seen.total(t0 + seconds{180}), 1.5);
}

TEST(decayed_counts, what_was_seen_least_is_forgotten_first) {
  decayed_counts seen{100, seconds{60}};
  for (int i = 0; i < 3; ++i) {
    seen.add(7, t0);
  }
  for (std::uint64_t thing = 1'000; thing < 101'000; ++thing) {
    seen.add(thing, t0);
    ASSERT_LE(seen.things(), 100U);
  }
  EXPECT_EQ(seen.add(7, t0), 3);
  EXPECT_GT(seen.forgotten(), 99'000U);
}

} // namespace
} // namespace pgmuster
