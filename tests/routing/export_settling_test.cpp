// Answers act where they belong: on the sub-queue, or on the whole exporter.
#include "tests/routing/frame_offers.hpp"

#include <gtest/gtest.h>

namespace pgmuster {
namespace {

using namespace testing_routing; // NOLINT(google-build-using-namespace)

TEST(export_settling, samples_in_disorder_open_nothing_and_are_not_put_aside) {
  bench it;
  for (int i = 0; i < 20; ++i) {
    it.offer("a");
    const auto sent = it.queue.next(t0);
    ASSERT_TRUE(sent);
    EXPECT_EQ(it.settle(sent->ticket, verdict(kind::rejected)).what, nullptr);
  }
  EXPECT_EQ(it.queue.breaker().current(), circuit_breaker::state::closed);
  EXPECT_EQ(it.book->view().rejected, 60U);
}

TEST(export_settling, a_busy_sub_queue_does_not_open_the_breaker) {
  bench it;
  it.offer("a");
  it.offer("b");
  auto now = t0;
  for (int i = 0; i < 50; ++i) {
    const auto sent = it.queue.next(now);
    ASSERT_TRUE(sent);
    it.settle(sent->ticket, verdict(kind::retry), now);
    EXPECT_EQ(it.queue.breaker().current(), circuit_breaker::state::closed);
    now = it.queue.wake_at(now).value();
  }
}

TEST(export_settling,
     an_unavailable_destination_that_names_a_time_is_left_alone) {
  bench it;
  it.offer("a");
  it.offer("b");
  const auto sent = it.queue.next(t0);
  auto busy = unreachable();
  busy.after = seconds{60};
  it.settle(sent->ticket, busy);
  EXPECT_FALSE(it.queue.next(t0 + milliseconds{59'999}))
    << "the other tenant's neither";
  EXPECT_TRUE(it.queue.next(t0 + seconds{60}));
}

TEST(export_settling, an_outage_leaves_no_sub_queue_with_a_long_wait) {
  bench it;
  it.offer("a");
  auto now = t0;
  for (int i = 0; i < 100; ++i) {
    const auto sent = it.queue.next(now);
    ASSERT_TRUE(sent);
    it.settle(sent->ticket, unreachable(), now);
    const auto wake = it.queue.wake_at(now).value();
    ASSERT_LE(wake - now, breaker_limits{}.open_longest * 3 / 2);
    now = wake;
  }
}

TEST(export_settling, refused_credentials_hold_their_sub_queue_alone) {
  bench it;
  it.offer("a");
  it.offer("b");
  const auto sent = it.queue.next(t0);
  it.settle(sent->ticket, verdict(kind::unauthorised));
  const auto other = it.queue.next(t0);
  ASSERT_TRUE(other);
  EXPECT_EQ(other->what->tenant.value(), "b");
  it.settle(other->ticket, verdict(kind::acknowledged));
  EXPECT_FALSE(it.queue.next(t0 + seconds{29}));
  EXPECT_TRUE(it.queue.next(t0 + seconds{61}));
}

TEST(export_settling, what_may_have_arrived_is_sent_again_or_dropped_as_told) {
  auto lost = unreachable();
  lost.ambiguous = true;
  bench again;
  again.offer("a");
  again.settle(again.queue.next(t0)->ticket, lost);
  EXPECT_EQ(again.queue.frames(), 1U);

  delivery_rules rules;
  rules.on_ambiguous = ambiguous_send::drop;
  bench never{64_MiB, 8, rules};
  never.offer("a");
  never.offer("b");
  never.settle(never.queue.next(t0)->ticket, lost);
  EXPECT_EQ(never.dropped(drop_reason::ambiguous), 1U);
  never.settle(never.queue.next(t0)->ticket, unreachable());
  EXPECT_EQ(never.queue.frames(), 1U) << "this one was not sent";
}

TEST(export_settling, one_that_refuses_everything_is_tried_ever_more_seldom) {
  bench it;
  auto now = t0;
  nanoseconds longest{0};
  for (int i = 0; i < 10; ++i) {
    it.offer("a");
    const auto sent = it.queue.next(now);
    ASSERT_TRUE(sent) << i;
    it.settle(sent->ticket, verdict(kind::refused), now);
    it.offer("a");
    const auto wake = it.queue.wake_at(now).value();
    longest = std::max(longest, nanoseconds{wake - now});
    now = wake;
  }
  EXPECT_GE(longest, breaker_limits{}.open_longest)
    << "a refusal does not close the breaker";
}

} // namespace
} // namespace pgmuster
