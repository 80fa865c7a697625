// The wheel against a sorted map, and its corners.
#include "drivers/reactor/timer_wheel.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <iostream>
#include <map>
#include <random>
#include <vector>

namespace pgmuster {
namespace {

constexpr mono_time origin{seconds{1'000}};

std::vector<int>
fire(timer_wheel& wheel, mono_time now, std::vector<int>& fired) {
  fired.clear();
  while (const auto on_due = wheel.pop(now)) {
    (*on_due)();
  }
  return fired;
}

TEST(timer_wheel, fires_at_the_first_step_at_or_after_due) {
  timer_wheel wheel{origin};
  std::vector<int> fired;
  wheel.start(origin + milliseconds{20}, [&] { fired.push_back(20); });
  wheel.start(origin + milliseconds{20} + nanoseconds{1},
              [&] { fired.push_back(21); });
  EXPECT_EQ(wheel.next(), origin + milliseconds{20});
  EXPECT_TRUE(fire(wheel, origin + milliseconds{19}, fired).empty());
  EXPECT_EQ(fire(wheel, origin + milliseconds{29}, fired),
            (std::vector<int>{20}));
  EXPECT_EQ(wheel.next(), origin + milliseconds{30});
  EXPECT_EQ(fire(wheel, origin + milliseconds{30}, fired),
            (std::vector<int>{21}));
  EXPECT_EQ(wheel.next(), std::nullopt);
}

TEST(timer_wheel, a_due_in_the_past_fires_at_the_next_step) {
  timer_wheel wheel{origin};
  std::vector<int> fired;
  wheel.pop(origin + seconds{7});
  wheel.start(origin - seconds{1}, [&] { fired.push_back(1); });
  wheel.start(mono_time::min(), [&] { fired.push_back(2); });
  EXPECT_TRUE(fire(wheel, origin + seconds{7}, fired).empty());
  EXPECT_EQ(wheel.next(), origin + seconds{7} + milliseconds{10});
  EXPECT_EQ(fire(wheel, *wheel.next(), fired), (std::vector<int>{1, 2}));
}

TEST(timer_wheel, a_cancelled_timer_never_fires_and_its_token_goes_stale) {
  timer_wheel wheel{origin};
  std::vector<int> fired;
  const auto first =
    wheel.start(origin + seconds{1}, [&] { fired.push_back(1); });
  EXPECT_TRUE(wheel.cancel(first));
  EXPECT_FALSE(wheel.cancel(first));
  const auto second =
    wheel.start(origin + seconds{1}, [&] { fired.push_back(2); });
  EXPECT_EQ(second.slot, first.slot);
  EXPECT_FALSE(wheel.cancel(first)) << "a stale token met a stranger";
  EXPECT_FALSE(wheel.cancel(timer_token{}));
  EXPECT_EQ(fire(wheel, origin + seconds{1}, fired), (std::vector<int>{2}));
  EXPECT_FALSE(wheel.cancel(second));
}

TEST(timer_wheel, a_callback_can_cancel_its_neighbour_of_the_same_step) {
  timer_wheel wheel{origin};
  std::vector<int> fired;
  timer_token neighbour;
  wheel.start(origin + seconds{1}, [&] { wheel.cancel(neighbour); });
  neighbour = wheel.start(origin + seconds{1}, [&] { fired.push_back(1); });
  EXPECT_TRUE(fire(wheel, origin + seconds{2}, fired).empty());
  EXPECT_EQ(wheel.size(), 0U);
}

TEST(timer_wheel, the_farthest_time_is_no_overflow) {
  timer_wheel wheel{origin};
  const auto token = wheel.start(mono_time::max(), [] {});
  ASSERT_TRUE(wheel.next());
  EXPECT_GT(*wheel.next(), origin);
  EXPECT_FALSE(wheel.pop(origin + std::chrono::hours{24 * 365 * 100}));
  EXPECT_TRUE(wheel.cancel(token));
}

TEST(timer_wheel, clear_hands_over_every_callback) {
  timer_wheel wheel{origin};
  for (int hours = 0; hours < 100; ++hours) {
    wheel.start(origin + std::chrono::hours{hours}, [] {});
  }
  EXPECT_EQ(wheel.clear().size(), 100U);
  EXPECT_EQ(wheel.size(), 0U);
  EXPECT_EQ(wheel.next(), std::nullopt);
}

/// What the wheel must do, by a map from step to timers in order.
class twins {
public:
  explicit twins(std::uint64_t seed) : random_{seed} {}

  void start() {
    const auto id = next_id_++;
    const auto due = now_ + span() - milliseconds{30};
    tokens_[id] = wheel_.start(due, [this, id] { fired_.push_back(id); });
    const auto distance = due - origin;
    auto tick = distance / timer_wheel::step;
    tick += distance > tick * timer_wheel::step ? 1 : 0;
    tick = std::max<std::int64_t>(tick, reached() + 1);
    expected_.emplace(tick, id);
  }

  void cancel() {
    if (expected_.empty()) {
      return;
    }
    const auto below = std::uniform_int_distribution<std::size_t>{
      0, expected_.size() - 1}(random_);
    const auto victim =
      std::next(expected_.begin(), static_cast<std::ptrdiff_t>(below));
    ASSERT_TRUE(wheel_.cancel(tokens_[victim->second]));
    expected_.erase(victim);
  }

  void advance() {
    now_ += span();
    std::vector<int> due;
    while (!expected_.empty() && expected_.begin()->first <= reached()) {
      due.push_back(expected_.begin()->second);
      expected_.erase(expected_.begin());
    }
    fired_.clear();
    while (const auto on_due = wheel_.pop(now_)) {
      (*on_due)();
    }
    ASSERT_EQ(fired_, due);
    check_next();
  }

  void step() {
    switch (std::uniform_int_distribution{0, 7}(random_)) {
    case 0:
      advance();
      break;
    case 1:
    case 2:
      cancel();
      break;
    default:
      start();
    }
  }

  /// Without this, a loop would spin, sleep too long, or forever.
  void check_next() {
    ASSERT_EQ(wheel_.size(), expected_.size());
    const auto next = wheel_.next();
    ASSERT_EQ(next.has_value(), !expected_.empty());
    if (next) {
      ASSERT_GT(*next, now_);
      ASSERT_LE(*next, origin + timer_wheel::step * expected_.begin()->first);
    }
  }

private:
  [[nodiscard]] std::int64_t reached() const {
    return (now_ - origin) / timer_wheel::step;
  }

  /// As likely milliseconds as months.
  nanoseconds span() {
    const auto magnitude = std::uniform_real_distribution{13.0, 53.0}(random_);
    return nanoseconds{static_cast<std::int64_t>(std::exp2(magnitude))};
  }

  std::mt19937_64 random_;
  timer_wheel wheel_{origin};
  mono_time now_ = origin;
  int next_id_ = 0;
  std::vector<int> fired_;
  std::map<int, timer_token> tokens_;
  std::multimap<std::int64_t, int> expected_;
};

TEST(timer_wheel, agrees_with_a_sorted_map) {
  const auto seed = std::random_device{}();
  std::cout << "seed " << seed << '\n';
  for (std::uint64_t round = 0; round < 40; ++round) {
    twins both{seed + round};
    for (int at = 0; at < 2'000; ++at) {
      both.step();
      if (testing::Test::HasFatalFailure()) {
        FAIL() << "seed " << seed << ", round " << round << ", step " << at;
      }
    }
  }
}

} // namespace
} // namespace pgmuster
