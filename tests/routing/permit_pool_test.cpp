// Permits are never more than the places, and come back however they are lost.
#include "routing/permit_pool.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

namespace pgmuster {
namespace {

TEST(permit_pool, the_held_place_is_apart_from_the_transient_ones) {
  const auto pool = std::make_shared<permit_pool>(3);
  const auto held = pool->take_held();
  EXPECT_TRUE(held);
  EXPECT_FALSE(pool->take_held());
  const auto one = pool->take_transient();
  const auto two = pool->take_transient();
  EXPECT_TRUE(one);
  EXPECT_TRUE(two);
  EXPECT_FALSE(pool->take_transient());
  EXPECT_EQ(pool->taken(), 3U);
}

TEST(permit_pool, a_permit_comes_back_when_its_last_owner_lets_go) {
  const auto pool = std::make_shared<permit_pool>(2);
  int told = 0;
  pool->on_return([&] {
    ++told;
    // Who is told may take at once.
    EXPECT_TRUE(pool->take_transient());
  });
  auto first = pool->take_transient();
  auto second = first;
  first.reset();
  EXPECT_EQ(told, 0);
  EXPECT_FALSE(pool->take_transient());
  pool->on_return([&] {
    ++told;
    pool->on_return(nullptr);
  });
  second.reset();
  EXPECT_EQ(told, 1);
  EXPECT_EQ(pool->taken(), 0U);
}

TEST(permit_pool, a_permit_outlives_who_handed_it_out) {
  auto pool = std::make_shared<permit_pool>(2);
  const std::weak_ptr<permit_pool> seen = pool;
  auto permit = pool->take_held();
  pool.reset();
  EXPECT_FALSE(seen.expired());
  permit.reset();
  EXPECT_TRUE(seen.expired());
}

TEST(permit_pool, threads_together_never_hold_more_than_the_places) {
  const auto pool = std::make_shared<permit_pool>(4);
  std::atomic<int> holding{0};
  std::atomic<int> most{0};
  std::atomic<int> taken{0};
  std::vector<std::jthread> threads;
  for (int which = 0; which < 6; ++which) {
    threads.emplace_back([&] {
      for (int round = 0; round < 5'000; ++round) {
        if (auto permit = pool->take_transient()) {
          const int now = ++holding;
          int seen = most.load();
          while (seen < now && !most.compare_exchange_weak(seen, now)) {
          }
          ++taken;
          std::this_thread::yield();
          --holding;
        }
      }
    });
  }
  threads.clear();
  EXPECT_LE(most.load(), 3);
  EXPECT_GT(taken.load(), 0);
  EXPECT_EQ(pool->taken(), 0U);
}

} // namespace
} // namespace pgmuster
