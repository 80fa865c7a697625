// Wall time follows the system's clock and never goes backwards.
#include "drivers/clock.hpp"
#include "drivers/wall_anchor.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <thread>
#include <vector>

namespace pgmuster {
namespace {

constexpr wall_time noon{seconds{1'800'000'000}};
constexpr mono_time boot{seconds{500}};

TEST(wall_anchor, runs_with_the_monotonic_clock) {
  wall_anchor anchor{boot, noon};
  EXPECT_EQ(anchor.at(boot + seconds{5}, noon + seconds{5}), noon + seconds{5});
  EXPECT_EQ(anchor.at(boot + seconds{6}), noon + seconds{6});
}

TEST(wall_anchor, reading_noise_moves_nothing) {
  wall_anchor anchor{boot, noon};
  EXPECT_EQ(anchor.at(boot + seconds{1}, noon + milliseconds{1'015}),
            noon + seconds{1});
  EXPECT_EQ(anchor.at(boot + seconds{2}, noon + milliseconds{1'985}),
            noon + seconds{2});
}

TEST(wall_anchor, a_forward_step_is_followed_at_once) {
  wall_anchor anchor{boot, noon};
  EXPECT_EQ(anchor.at(boot + seconds{1}, noon + seconds{3'601}),
            noon + seconds{3'601});
  EXPECT_EQ(anchor.at(boot + seconds{2}), noon + seconds{3'602});
}

TEST(wall_anchor, a_backward_step_is_paid_back_without_going_back) {
  wall_anchor anchor{boot, noon};
  auto last = anchor.at(boot, noon);
  auto second = 1;
  // A step of 5 s at 100 ms a second takes 50 s; allow for the tolerance.
  for (; second <= 60; ++second) {
    const auto mono = boot + seconds{second};
    const auto system = noon + seconds{second} - seconds{5};
    const auto now = anchor.at(mono, system);
    ASSERT_GE(now - last, milliseconds{900}) << "second " << second;
    ASSERT_LE(now - last, milliseconds{1'000}) << "second " << second;
    last = now;
  }
  EXPECT_LE(last - (noon + seconds{55}), wall_anchor::tolerance);
  EXPECT_GE(last, noon + seconds{55});
}

TEST(wall_anchor, equal_readings_still_grow) {
  wall_anchor anchor{boot, noon};
  const auto first = anchor.at(boot, noon);
  EXPECT_EQ(anchor.at(boot, noon), first + nanoseconds{1});
}

TEST(system_clock_source, threads_never_see_the_same_time_twice) {
  constexpr std::size_t readers = 4;
  constexpr std::size_t reads = 20'000;
  std::vector<std::vector<wall_time>> seen(readers);
  std::vector<std::thread> threads;
  for (auto& mine : seen) {
    threads.emplace_back([&mine] {
      for (std::size_t at = 0; at < reads; ++at) {
        mine.push_back(system_clock_source().wall());
      }
    });
  }
  for (auto& thread : threads) {
    thread.join();
  }
  std::vector<wall_time> all;
  for (const auto& mine : seen) {
    EXPECT_TRUE(std::is_sorted(mine.begin(), mine.end()));
    all.insert(all.end(), mine.begin(), mine.end());
  }
  std::sort(all.begin(), all.end());
  EXPECT_EQ(std::adjacent_find(all.begin(), all.end()), all.end());
}

} // namespace
} // namespace pgmuster
