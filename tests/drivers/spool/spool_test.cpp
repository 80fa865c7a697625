// The spool as its users see it: a thread, a lock, order over restarts.
#include "drivers/files/errc.hpp"
#include "tests/drivers/spool/spool_case.hpp"

#include <sys/wait.h>

namespace pgmuster::spooling {
namespace {

using spool_test = spool_case;

INSTANTIATE_TEST_SUITE_P(each_policy,
                         spool_test,
                         testing::Values(sync_policy::never,
                                         sync_policy::each_second,
                                         sync_policy::always));

TEST_P(spool_test, an_earlier_runs_frames_are_recovered_and_come_in_order) {
  {
    auto first = open();
    for (int at = 0; at < 20; ++at) {
      ASSERT_TRUE(put(*first, make_frame(std::to_string(at), 3)));
    }
    const auto got = take(*first);
    ASSERT_EQ(got.size(), 20U);
    for (std::size_t at = 0; at < 5; ++at) {
      first->acknowledge(acme, got[at].position);
    }
    first->stop();
  }
  auto second = open();
  const auto left = waiting(*second);
  ASSERT_EQ(left.size(), 1U);
  EXPECT_EQ(left[0].of, acme);
  EXPECT_EQ(left[0].frames, 15U);
  EXPECT_EQ(left[0].points, 45U);
  EXPECT_EQ(told_.recovered_of(acme), 45U);
  const auto got = take(*second);
  ASSERT_EQ(got.size(), 15U);
  EXPECT_EQ(got.front().what->payload, "5");
  EXPECT_TRUE(got.front().earlier_run);
  EXPECT_EQ(got.back().what->payload, "19");
}

TEST_P(spool_test, order_and_frames_are_kept_though_the_clock_steps) {
  constexpr std::int64_t day = 86'400;
  const auto frame_at = [&](int number) {
    auto made = make_frame(std::to_string(number), 2);
    made.oldest = clock_.wall();
    made.newest = clock_.wall();
    return made;
  };
  int written = 0;
  // Back by a day, on by two, to the epoch, and each time a new segment.
  for (const auto step : {day, -2 * day, 3 * day, -1'700'000'000L, day}) {
    auto one = open();
    for (int frames = 0; frames < 5; ++frames) {
      clock_.wall_s += frames == 2 ? step : 1;
      clock_.mono_ms += 1'000;
      ASSERT_TRUE(put(*one, frame_at(written++)));
    }
    one->stop();
  }
  auto last = open();
  const auto got = take(*last);
  ASSERT_EQ(got.size(), 25U);
  for (int number = 0; number < written; ++number) {
    EXPECT_EQ(got[static_cast<std::size_t>(number)].what->payload,
              std::to_string(number));
  }
  EXPECT_EQ(told_.lost_points(), 0U);
}

TEST_P(spool_test, a_second_owner_is_refused_and_told_who_has_it) {
  auto first = open();
  ASSERT_NE(first, nullptr);
  const auto second = open_spool(options_, *loop_, clock_, told_);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, file_errc::owned);
  EXPECT_NE(describe(second.error())
              .find("process " + std::to_string(::getpid()) + ")"),
            std::string::npos)
    << describe(second.error());
  first.reset();
  EXPECT_NE(open(), nullptr) << "it went with its owner";
}

TEST_P(spool_test, what_a_killed_process_wrote_is_there) {
#if defined(__SANITIZE_THREAD__)
  GTEST_SKIP() << "ThreadSanitizer allows no threads after a fork";
#endif
  // A child without our threads: it opens, writes, and is killed at once.
  const auto child = ::fork();
  if (child == 0) {
    std::string why;
    auto own_loop =
      std::move(start_reactor(reactor_choice::epoll, why).value());
    auto mine = open_spool(options_, *own_loop, clock_, told_);
    for (int at = 0; at < 50 && mine; ++at) {
      static_cast<void>(put(**mine, make_frame(std::to_string(at), 2)));
    }
    ::kill(::getpid(), SIGKILL);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFSIGNALED(status));
  auto after = open();
  EXPECT_EQ(take(*after).size(), 50U);
  EXPECT_EQ(told_.recovered_of(acme), 100U);
  EXPECT_EQ(told_.lost_points(), 0U);
}

TEST_P(spool_test, quarantined_frames_keep_the_destinations_words) {
  options_.quarantine_bytes_max = 400_kB;
  {
    auto made = open();
    for (int at = 0; at < 10; ++at) {
      ASSERT_TRUE(
        put_aside(*made, make_frame(std::string(100'000, 'q')), "poison"));
    }
    static_cast<void>(waiting(*made));
    EXPECT_LE(made->counts().quarantined_bytes, 400'000U);
    EXPECT_EQ(made->counts().quarantined_frames + told_.trimmed(), 10U);
    EXPECT_EQ(made->counts().points_waiting, 0U) << "they are not to be sent";
  }
  EXPECT_FALSE(segments_below(options_.directory / quarantine_folder).empty());
}

TEST_P(spool_test, more_than_may_wait_is_refused_at_once) {
  options_.queued_max = byte_count{1};
  auto made = open();
  constexpr int frames = 200;
  std::atomic<int> written{0};
  std::atomic<int> refused{0};
  for (int at = 0; at < frames; ++at) {
    made->append(
      std::make_shared<const frame>(make_frame(std::string(50'000, 'x'))),
      custody::waiting, [&](const result<record_position>& done) {
        if (done) {
          ++written;
        } else {
          EXPECT_EQ(done.error().code, spool_errc::busy);
          ++refused;
        }
      });
  }
  made->stop();
  EXPECT_EQ(written + refused, frames);
  EXPECT_GT(written, 0);
}

TEST_P(spool_test, after_a_stop_everything_is_answered) {
  auto made = open();
  std::atomic<int> answered{0};
  for (int at = 0; at < 100; ++at) {
    made->append(
      std::make_shared<const frame>(make_frame("x")), custody::waiting,
      [&](const result<record_position>& done) { answered += done ? 1 : 0; });
  }
  made->stop();
  EXPECT_EQ(answered, 100);
  EXPECT_EQ(put(*made, make_frame("x")).error().code, spool_errc::stopped);
  EXPECT_TRUE(take(*made).empty());
  EXPECT_EQ(made->counts().frames_waiting, 100U);
}

} // namespace
} // namespace pgmuster::spooling
