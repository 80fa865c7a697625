// The breaker opens on failures in a row, tries once, and waits longer each
// time.
#include "routing/circuit_breaker.hpp"

#include <gtest/gtest.h>

namespace pgmuster {
namespace {

using state = circuit_breaker::state;

constexpr mono_time t0{seconds{1'000}};

circuit_breaker opened() {
  circuit_breaker breaker{breaker_limits{}};
  for (int i = 0; i < 5; ++i) {
    EXPECT_TRUE(breaker.allows(t0));
    breaker.record_failure(t0, 0.0);
  }
  return breaker;
}

TEST(circuit_breaker,
     failures_in_a_row_open_it_and_a_success_between_does_not) {
  circuit_breaker breaker{breaker_limits{}};
  for (int i = 0; i < 20; ++i) {
    breaker.record_failure(t0, 0.0);
    if (i % 4 == 3) {
      breaker.record_success();
    }
  }
  EXPECT_EQ(breaker.current(), state::closed);
  EXPECT_EQ(opened().current(), state::open);
}

TEST(circuit_breaker, only_one_probe_goes_in_half_open) {
  auto breaker = opened();
  EXPECT_FALSE(breaker.allows(t0 + milliseconds{999}));
  EXPECT_TRUE(breaker.allows(t0 + milliseconds{1'000}));
  EXPECT_EQ(breaker.current(), state::half_open);
  EXPECT_FALSE(breaker.allows(t0 + seconds{30}));
}

TEST(circuit_breaker, one_success_in_half_open_closes_it) {
  auto breaker = opened();
  ASSERT_TRUE(breaker.allows(t0 + seconds{1}));
  breaker.record_success();
  EXPECT_EQ(breaker.current(), state::closed);
  EXPECT_TRUE(breaker.allows(t0 + seconds{1}));
}

TEST(circuit_breaker, a_failed_probe_doubles_the_wait_up_to_the_longest) {
  auto breaker = opened();
  auto now = t0;
  milliseconds expected{1'000};
  for (int i = 0; i < 10; ++i) {
    EXPECT_EQ(breaker.retry_at() - now, expected);
    now = breaker.retry_at();
    ASSERT_TRUE(breaker.allows(now));
    breaker.record_failure(now, 0.0);
    expected = std::min(expected * 2, milliseconds{30'000});
  }
}

TEST(circuit_breaker, jitter_stretches_by_up_to_a_half) {
  circuit_breaker breaker{breaker_limits{}};
  breaker.trip(t0, 0.5);
  EXPECT_EQ(breaker.retry_at(), t0 + milliseconds{1'250});
}

TEST(circuit_breaker, late_failures_of_earlier_requests_do_not_lengthen_it) {
  auto breaker = opened();
  const auto retry_at = breaker.retry_at();
  breaker.record_failure(t0 + milliseconds{900}, 0.9);
  EXPECT_EQ(breaker.retry_at(), retry_at);
}

TEST(circuit_breaker, a_lost_probe_does_not_keep_it_shut_for_ever) {
  auto breaker = opened();
  ASSERT_TRUE(breaker.allows(t0 + seconds{1}));
  EXPECT_FALSE(breaker.allows(t0 + seconds{60}));
  EXPECT_TRUE(breaker.allows(t0 + seconds{61}));
}

} // namespace
} // namespace pgmuster
