// Timers on the loop: never early, in order, and a sleeping loop hears of them.
#include "tests/drivers/reactor/reactor_fixture.hpp"

#include <algorithm>
#include <atomic>
#include <iostream>
#include <random>
#include <thread>
#include <vector>

namespace pgmuster {
namespace {

/// A suite of its own, since a suite is instantiated once a file.
class reactor_timer_test : public reactor_test {};

INSTANTIATE_TEST_SUITE_P(both,
                         reactor_timer_test,
                         testing::Values(reactor_choice::io_uring,
                                         reactor_choice::epoll),
                         name_of);

TEST_P(reactor_timer_test, ten_thousand_fire_in_order_or_are_cancelled) {
  constexpr std::size_t many = 10'000;
  const auto seed = std::random_device{}();
  std::cout << "seed " << seed << '\n';
  std::mt19937 random{seed};
  std::uniform_int_distribution<std::int64_t> spread{0, 400'000};
  const auto begin = in(milliseconds{200});
  std::vector<mono_time> fired_due;
  std::vector<int> calls(many, 0);
  std::vector<timer_token> tokens;
  for (std::size_t at = 0; at < many; ++at) {
    const auto due = begin + microseconds{spread(random)};
    tokens.push_back(loop().start_timer(due, [&, at, due] {
      EXPECT_GE(system_clock_source().mono(), due) << "early";
      fired_due.push_back(due);
      ++calls[at];
    }));
  }
  std::vector<bool> cancelled(many, false);
  loop().post([&] {
    for (std::size_t at = 0; at < many; at += 3) {
      // What has fired by now is no longer there to cancel.
      cancelled[at] = calls[at] == 0;
      loop().cancel_timer(tokens[at]);
    }
  });
  eventually<bool> last;
  loop().start_timer(begin + milliseconds{420}, [&] { last.set(true); });
  ASSERT_TRUE(last.get());
  flush();
  for (std::size_t at = 0; at < many; ++at) {
    ASSERT_EQ(calls[at], cancelled[at] ? 0 : 1) << at;
  }
  const auto steps_back = [](mono_time earlier, mono_time later) {
    return later + milliseconds{10} < earlier;
  };
  EXPECT_EQ(std::adjacent_find(fired_due.begin(), fired_due.end(), steps_back),
            fired_due.end());
  EXPECT_EQ(loop().counts().timers_pending, 0U);
}

TEST_P(reactor_timer_test, a_nearer_timer_wakes_a_loop_that_sleeps) {
  loop().start_timer(in(std::chrono::hours{1}),
                     [] { ADD_FAILURE() << "an hour has not passed"; });
  for (int times = 0; times < 20; ++times) {
    eventually<bool> fired;
    loop().start_timer(in(milliseconds{1}), [&] { fired.set(true); });
    ASSERT_TRUE(fired.get());
  }
}

TEST_P(reactor_timer_test, a_callback_starts_the_next_one) {
  eventually<bool> done;
  int left = 10;
  std::function<void()> again = [&] {
    if (--left == 0) {
      done.set(true);
      return;
    }
    loop().start_timer(in(milliseconds{0}), again);
  };
  loop().start_timer(in(milliseconds{0}), again);
  EXPECT_TRUE(done.get());
  EXPECT_GE(loop().counts().timers_fired, 10U);
}

TEST_P(reactor_timer_test, a_callback_cancels_its_neighbour) {
  eventually<bool> done;
  loop().post([&] {
    const auto due = in(milliseconds{50});
    const auto neighbour = std::make_shared<timer_token>();
    loop().start_timer(due,
                       [&, neighbour] { loop().cancel_timer(*neighbour); });
    *neighbour = loop().start_timer(due, [] { ADD_FAILURE() << "cancelled"; });
    loop().start_timer(due, [&] { done.set(true); });
  });
  EXPECT_TRUE(done.get());
}

TEST_P(reactor_timer_test, threads_start_and_cancel_at_once) {
  constexpr int starters = 4;
  constexpr int each = 1'000;
  std::atomic<int> fired{0};
  std::vector<std::thread> threads;
  for (int starter = 0; starter < starters; ++starter) {
    threads.emplace_back([&] {
      for (int at = 0; at < each; ++at) {
        loop().start_timer(in(milliseconds{at % 40}), [&] { ++fired; });
        loop().cancel_timer(loop().start_timer(
          in(std::chrono::hours{1}), [] { ADD_FAILURE() << "cancelled"; }));
      }
    });
  }
  for (auto& thread : threads) {
    thread.join();
  }
  eventually<bool> done;
  loop().start_timer(in(milliseconds{100}), [&] { done.set(true); });
  ASSERT_TRUE(done.get());
  EXPECT_EQ(fired, starters * each);
  EXPECT_EQ(loop().counts().timers_pending, 0U);
}

TEST_P(reactor_timer_test, an_idle_loop_does_not_turn) {
  loop().start_timer(in(std::chrono::hours{1}), [] {});
  flush();
  const auto before = loop().counts().loops;
  eventually<bool> later;
  loop().start_timer(in(milliseconds{300}), [&] { later.set(true); });
  ASSERT_TRUE(later.get());
  // One for the wake-up, the timer and each wheel it comes down by, and room
  // for wake-ups of this host's making.
  EXPECT_LE(loop().counts().loops - before, 50U);
}

} // namespace
} // namespace pgmuster
