// What is taken is never more than there is, and all of it comes back.
#include "routing/series_budget.hpp"
#include "tests/routing/random_source.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <utility>
#include <vector>

namespace pgmuster {
namespace {

using testing_routing::dice;

TEST(series_budget, takes_all_or_nothing) {
  series_budget budget{10};
  EXPECT_TRUE(budget.try_take(7));
  EXPECT_FALSE(budget.try_take(4));
  EXPECT_EQ(budget.taken(), 7U);
  EXPECT_EQ(budget.refused(), 1U);
  EXPECT_TRUE(budget.try_take(3));
  budget.give_back(10);
  EXPECT_FALSE(budget.try_take(11));
  EXPECT_EQ(budget.taken(), 0U);
}

TEST(series_budget, what_is_refused_above_is_not_taken_below) {
  auto tenant = std::make_shared<series_budget>(10);
  series_budget one{8, tenant};
  series_budget other{8, tenant};
  EXPECT_TRUE(one.try_take(8));
  EXPECT_FALSE(other.try_take(3));
  EXPECT_EQ(other.taken(), 0U);
  EXPECT_EQ(tenant->taken(), 8U);
  EXPECT_TRUE(other.try_take(2));
  one.give_back(8);
  EXPECT_TRUE(other.try_take(6));
  EXPECT_EQ(tenant->taken(), 8U);
}

TEST(series_budget, a_lease_ends_with_its_holder) {
  auto budget = std::make_shared<series_budget>(10);
  {
    series_lease first{budget};
    EXPECT_TRUE(first.try_take(6));
    series_lease second{std::move(first)};
    EXPECT_EQ(second.held(), 6U);
    EXPECT_FALSE(second.try_take(5));
    second = series_lease{budget};
    EXPECT_EQ(budget->taken(), 0U);
    EXPECT_TRUE(second.try_take(5));
  }
  EXPECT_EQ(budget->taken(), 0U);
  series_lease unbounded;
  EXPECT_TRUE(unbounded.try_take(1'000'000));
}

TEST(series_budget, holds_among_threads) {
  constexpr std::uint64_t most = 100;
  auto tenant = std::make_shared<series_budget>(most);
  std::atomic<bool> over{false};
  std::vector<std::thread> threads;
  for (int which = 0; which < 3; ++which) {
    threads.emplace_back([&] {
      dice random;
      series_lease held{std::make_shared<series_budget>(most, tenant)};
      for (int step = 0; step < 20'000; ++step) {
        if (random.one_in(2)) {
          static_cast<void>(held.try_take(random.upto(40)));
        } else {
          held.give_back(random.upto(held.held()));
        }
        over = over || tenant->taken() > most;
      }
    });
  }
  for (auto& thread : threads) {
    thread.join();
  }
  EXPECT_FALSE(over);
  EXPECT_EQ(tenant->taken(), 0U);
}

} // namespace
} // namespace pgmuster
