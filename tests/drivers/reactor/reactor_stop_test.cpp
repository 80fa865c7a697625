// Stop: what was promised is done, the rest is destroyed where it belongs.
#include "tests/drivers/reactor/reactor_fixture.hpp"

#include <atomic>
#include <thread>
#include <vector>

namespace pgmuster {
namespace {

class reactor_stop_test : public reactor_test {
protected:
  /// Tells on which thread the last copy died.
  static std::shared_ptr<int> mourned(std::thread::id& died_on) {
    return {new int{0}, [&died_on](int* object) {
              died_on = std::this_thread::get_id();
              delete object;
            }};
  }
};

INSTANTIATE_TEST_SUITE_P(both,
                         reactor_stop_test,
                         testing::Values(reactor_choice::io_uring,
                                         reactor_choice::epoll),
                         name_of);

TEST_P(reactor_stop_test, posted_tasks_are_finished) {
  int ran = 0;
  for (int at = 0; at < 1'000; ++at) {
    loop().post([&] { ++ran; });
  }
  loop().stop();
  EXPECT_EQ(ran, 1'000);
  loop().stop();
}

TEST_P(reactor_stop_test, callbacks_die_uncalled_on_the_loops_thread) {
  const wire line;
  std::thread::id loops_thread;
  std::thread::id watch_died;
  std::thread::id timer_died;
  loop().post([&] { loops_thread = std::this_thread::get_id(); });
  const auto token =
    loop().watch(line.near.get(), [kept = mourned(watch_died)](readiness) {
      ADD_FAILURE() << "nothing was sent";
    });
  loop().arm(token, true, false);
  loop().start_timer(in(std::chrono::hours{1}), [kept = mourned(timer_died)] {
    ADD_FAILURE() << "an hour has not passed";
  });
  flush();
  loop().stop();
  EXPECT_NE(loops_thread, std::thread::id{});
  EXPECT_EQ(watch_died, loops_thread);
  EXPECT_EQ(timer_died, loops_thread);
  EXPECT_EQ(loop().watched(), 0U);
  EXPECT_EQ(loop().counts().timers_pending, 0U);
}

TEST_P(reactor_stop_test, a_poll_that_was_pending_holds_nothing_open) {
  wire line;
  const auto token = loop().watch(line.near.get(), [](readiness) {});
  loop().arm(token, true, false);
  flush();
  loop().stop();
  line.near.close();
  EXPECT_EQ(line.far_reads(), 0);
}

TEST_P(reactor_stop_test, an_unwatch_under_way_is_answered) {
  std::vector<wire> lines(100);
  std::atomic<int> gone{0};
  std::vector<watch_token> tokens;
  for (const auto& line : lines) {
    tokens.push_back(loop().watch(line.near.get(), [](readiness) {}));
    loop().arm(tokens.back(), true, false);
  }
  flush();
  for (const auto token : tokens) {
    loop().unwatch(token, [&] { ++gone; });
  }
  loop().stop();
  EXPECT_EQ(gone, 100);
}

TEST_P(reactor_stop_test, an_owner_that_unwatches_while_it_dies_is_answered) {
  const wire line;
  std::atomic<int> gone{0};
  watch_token token;
  std::shared_ptr<int> owner{new int{0}, [&](int* object) {
                               delete object;
                               loop().unwatch(token, [&] { ++gone; });
                             }};
  token = loop().watch(line.near.get(), [owner](readiness) {});
  owner.reset();
  loop().arm(token, true, false);
  flush();
  ASSERT_EQ(gone, 0);
  loop().stop();
  EXPECT_EQ(gone, 1);
}

TEST_P(reactor_stop_test, afterwards_only_unwatch_answers_on_the_spot) {
  const wire line;
  const auto token = loop().watch(line.near.get(), [](readiness) {});
  loop().stop();
  std::thread::id told_on;
  loop().unwatch(token, [&] { told_on = std::this_thread::get_id(); });
  EXPECT_EQ(told_on, std::this_thread::get_id());
  std::thread::id died_on;
  loop().post([kept = mourned(died_on)] { ADD_FAILURE() << "ran"; });
  EXPECT_EQ(died_on, std::this_thread::get_id());
  EXPECT_EQ(loop().watch(line.near.get(), [](readiness) {}), watch_token{});
  EXPECT_EQ(loop().start_timer(in(milliseconds{0}), [] {}), timer_token{});
  loop().arm(token, true, true);
  loop().cancel_timer({});
  EXPECT_EQ(loop().watched(), 0U);
}

TEST_P(reactor_stop_test, a_storm_from_many_threads_ends_in_order) {
  constexpr int stormers = 4;
  std::atomic<int> asked{0};
  std::atomic<int> gone{0};
  std::atomic<bool> over{false};
  std::vector<std::thread> threads;
  for (int stormer = 0; stormer < stormers; ++stormer) {
    threads.emplace_back([&] {
      while (!over) {
        wire line;
        line.send();
        const auto token = loop().watch(line.near.get(), [](readiness) {});
        loop().arm(token, true, false);
        loop().start_timer(in(milliseconds{5}), [] {});
        loop().post([] {});
        loop().arm(token, true, true);
        eventually<bool> left;
        ++asked;
        loop().unwatch(token, [&] {
          ++gone;
          left.set(true);
        });
        ASSERT_TRUE(left.get());
        line.near.close();
      }
    });
  }
  while (asked < 200) {
    flush();
  }
  std::thread other{[&] { loop().stop(); }};
  loop().stop();
  other.join();
  over = true;
  for (auto& thread : threads) {
    thread.join();
  }
  EXPECT_EQ(gone, asked);
  EXPECT_EQ(loop().watched(), 0U);
}

} // namespace
} // namespace pgmuster
