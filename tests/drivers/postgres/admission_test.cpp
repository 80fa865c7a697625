// The rate of connects is kept, whatever the pattern of asking.
#include "drivers/postgres/admission.hpp"

#include <gtest/gtest.h>

#include <random>

namespace pgmuster::postgres {
namespace {

TEST(admission, a_burst_passes_and_then_one_a_step) {
  admission bucket{10, 3};
  mono_time now{seconds{5}};
  EXPECT_TRUE(bucket.take(now));
  EXPECT_TRUE(bucket.take(now));
  EXPECT_TRUE(bucket.take(now));
  EXPECT_FALSE(bucket.take(now));
  EXPECT_EQ(bucket.next(), now + milliseconds{100});
  EXPECT_FALSE(bucket.take(now + milliseconds{99}));
  EXPECT_TRUE(bucket.take(now + milliseconds{100}));
  EXPECT_FALSE(bucket.take(now + milliseconds{100}));
}

TEST(admission, no_window_has_more_than_rate_and_burst) {
  const auto seed = std::random_device{}();
  SCOPED_TRACE(seed);
  std::mt19937 random{seed};
  admission bucket{200, 20};
  mono_time now{};
  std::size_t taken = 0;
  std::uniform_int_distribution<int> pause{0, 4'000};
  const auto end = now + seconds{10};
  while (now < end) {
    taken += bucket.take(now) ? 1U : 0U;
    now += microseconds{pause(random)};
  }
  EXPECT_LE(taken, 200U * 10 + 20);
  EXPECT_GE(taken, 200U * 10 - 20);
}

} // namespace
} // namespace pgmuster::postgres
