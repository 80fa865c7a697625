// Readiness: one shot an arm, nothing after unwatch, nothing kept open.
#include "tests/drivers/reactor/reactor_fixture.hpp"

#include <sys/eventfd.h>
#include <sys/resource.h>

#include <algorithm>
#include <atomic>
#include <thread>
#include <vector>

namespace pgmuster {
namespace {

INSTANTIATE_TEST_SUITE_P(both,
                         reactor_test,
                         testing::Values(reactor_choice::io_uring,
                                         reactor_choice::epoll),
                         name_of);

TEST_P(reactor_test, names_its_backend) {
  EXPECT_EQ(loop().backend(),
            GetParam() == reactor_choice::epoll ? "epoll" : "io_uring");
}

TEST_P(reactor_test, an_arm_is_answered_once) {
  const wire line;
  std::atomic<int> calls{0};
  const auto token = loop().watch(line.near.get(), [&](readiness ready) {
    EXPECT_TRUE(ready.readable);
    EXPECT_FALSE(ready.writable);
    EXPECT_FALSE(ready.failed);
    ++calls;
  });
  line.send();
  settle();
  EXPECT_EQ(calls, 0) << "not armed";
  loop().arm(token, true, false);
  settle();
  line.send();
  settle();
  EXPECT_EQ(calls, 1);
  loop().arm(token, true, false);
  settle();
  EXPECT_EQ(calls, 2) << "what is left unread is ready again";
  unwatch(token);
  EXPECT_EQ(loop().watched(), 0U);
}

TEST_P(reactor_test, arming_while_armed_replaces_the_interest) {
  const wire line;
  std::vector<readiness> seen;
  const auto token = loop().watch(
    line.near.get(), [&](readiness ready) { seen.push_back(ready); });
  loop().arm(token, true, false);
  flush();
  loop().arm(token, false, true);
  settle();
  line.send();
  settle();
  unwatch(token);
  ASSERT_EQ(seen.size(), 1U);
  EXPECT_TRUE(seen[0].writable);
  EXPECT_FALSE(seen[0].readable);
}

TEST_P(reactor_test, the_last_of_many_interests_counts) {
  const wire line;
  std::atomic<int> calls{0};
  eventually<readiness> seen;
  const auto token = loop().watch(line.near.get(), [&](readiness ready) {
    if (++calls == 1) {
      seen.set(ready);
    }
  });
  loop().post([&, token] {
    for (int times = 0; times < 50; ++times) {
      loop().arm(token, false, true);
      loop().arm(token, true, true);
      loop().arm(token, true, false);
    }
  });
  flush();
  settle();
  EXPECT_EQ(calls, 0) << "a replaced interest answered";
  line.send();
  EXPECT_TRUE(seen.get().readable);
  settle();
  EXPECT_EQ(calls, 1);
  unwatch(token);
}

TEST_P(reactor_test, a_callback_can_arm_again) {
  constexpr int rounds = 500;
  const wire line;
  eventually<bool> done;
  int calls = 0;
  watch_token token;
  token = loop().watch(line.near.get(), [&](readiness) {
    char unused = 0;
    EXPECT_EQ(::read(line.near.get(), &unused, 1), 1);
    if (++calls == rounds) {
      done.set(true);
      return;
    }
    loop().arm(token, true, false);
    line.send();
  });
  line.send();
  loop().arm(token, true, false);
  EXPECT_TRUE(done.get());
  unwatch(token);
}

TEST_P(reactor_test, a_hang_up_is_flagged) {
  wire line;
  eventually<readiness> seen;
  const auto token =
    loop().watch(line.near.get(), [&](readiness ready) { seen.set(ready); });
  loop().arm(token, true, false);
  flush();
  line.far.close();
  EXPECT_TRUE(seen.get().failed);
  unwatch(token);
}

TEST_P(reactor_test, what_cannot_be_polled_has_failed) {
  std::atomic<int> calls{0};
  eventually<readiness> seen;
  const auto token = loop().watch(-1, [&](readiness ready) {
    if (++calls == 1) {
      seen.set(ready);
    }
  });
  loop().arm(token, true, false);
  EXPECT_TRUE(seen.get().failed);
  settle();
  EXPECT_EQ(calls, 1);
  unwatch(token);
}

TEST_P(reactor_test, after_unwatch_a_close_is_seen_by_the_peer_at_once) {
  for (int times = 0; times < 50; ++times) {
    wire line;
    const auto token = loop().watch(
      line.near.get(), [](readiness) { ADD_FAILURE() << "nothing was sent"; });
    loop().arm(token, true, false);
    flush();
    unwatch(token);
    line.near.close();
    ASSERT_EQ(line.far_reads(), 0) << "the socket lives on, time " << times;
  }
}

TEST_P(reactor_test, nothing_is_answered_after_when_gone) {
  for (int times = 0; times < 200; ++times) {
    const wire line;
    std::atomic<bool> gone{false};
    const auto token =
      loop().watch(line.near.get(), [&](readiness) { EXPECT_FALSE(gone); });
    loop().arm(token, true, true);
    line.send();
    eventually<bool> told;
    loop().unwatch(token, [&] {
      gone = true;
      told.set(true);
    });
    loop().arm(token, true, true);
    ASSERT_TRUE(told.get());
  }
  settle();
  EXPECT_EQ(loop().watched(), 0U);
}

TEST_P(reactor_test, each_unwatch_of_a_pending_poll_calls_back) {
  const wire line;
  const auto token = loop().watch(line.near.get(), [](readiness) {});
  loop().arm(token, true, false);
  flush();
  std::vector<int> gone;
  loop().post([&, token] {
    loop().unwatch(token, [&] { gone.push_back(1); });
    loop().unwatch(token, [&] { gone.push_back(2); });
  });
  flush();
  settle();
  EXPECT_EQ(gone, (std::vector<int>{1, 2}));
}

TEST_P(reactor_test, a_stale_token_does_not_reach_the_slots_next_owner) {
  const wire old_line;
  const wire line;
  const auto stale = loop().watch(
    old_line.near.get(), [](readiness) { ADD_FAILURE() << "unwatched"; });
  unwatch(stale);
  std::atomic<int> calls{0};
  const auto token = loop().watch(line.near.get(), [&](readiness) { ++calls; });
  ASSERT_EQ(token.slot, stale.slot);
  line.send();
  loop().arm(stale, true, false);
  loop().arm(watch_token{}, true, false);
  settle();
  EXPECT_EQ(calls, 0);
  unwatch(stale);
  unwatch(watch_token{});
  EXPECT_EQ(loop().watched(), 1U);
  loop().arm(token, true, false);
  settle();
  EXPECT_EQ(calls, 1);
  unwatch(token);
}

TEST_P(reactor_test, more_than_fits_one_submission_is_armed_and_unwatched) {
  constexpr std::size_t many = 3'000;
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  if (limit.rlim_max < many + 100) {
    GTEST_SKIP() << "descriptor limit " << limit.rlim_max;
  }
  limit.rlim_cur = limit.rlim_max;
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &limit), 0);
  std::vector<owned_descriptor> events;
  std::vector<watch_token> tokens;
  std::vector<int> calls(many, 0);
  for (std::size_t at = 0; at < many; ++at) {
    events.emplace_back(::eventfd(at % 2, EFD_CLOEXEC | EFD_NONBLOCK));
    ASSERT_GE(events.back().get(), 0);
    tokens.push_back(loop().watch(events.back().get(),
                                  [&calls, at](readiness) { ++calls[at]; }));
  }
  EXPECT_EQ(loop().watched(), many);
  loop().post([&] {
    for (const auto token : tokens) {
      loop().arm(token, true, false);
    }
  });
  flush();
  while (loop().counts().ready_delivered < many / 2) {
    flush();
  }
  std::atomic<std::size_t> gone{0};
  loop().post([&] {
    for (const auto token : tokens) {
      loop().unwatch(token, [&] { ++gone; });
    }
  });
  while (gone < many) {
    flush();
  }
  EXPECT_EQ(loop().watched(), 0U);
  for (std::size_t at = 0; at < many; ++at) {
    ASSERT_EQ(calls[at], static_cast<int>(at % 2)) << at;
  }
}

TEST_P(reactor_test, each_threads_tasks_run_in_the_order_posted) {
  constexpr int posters = 4;
  constexpr int tasks = 2'000;
  std::vector<std::vector<int>> seen(posters);
  std::vector<std::thread> threads;
  for (auto& mine : seen) {
    threads.emplace_back([this, &mine] {
      for (int at = 0; at < tasks; ++at) {
        loop().post([&mine, at] { mine.push_back(at); });
      }
    });
  }
  for (auto& thread : threads) {
    thread.join();
  }
  flush();
  for (const auto& mine : seen) {
    ASSERT_EQ(mine.size(), static_cast<std::size_t>(tasks));
    EXPECT_TRUE(std::is_sorted(mine.begin(), mine.end()));
  }
  EXPECT_GE(loop().counts().tasks_run, std::uint64_t{posters * tasks});
}

} // namespace
} // namespace pgmuster
