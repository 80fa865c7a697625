// The breaker opens on failures in a row, tries once, and waits longer each
// time.
#include "routing/circuit_breaker.hpp"
#include "tests/routing/random_source.hpp"

#include <gtest/gtest.h>

#include <deque>

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
      breaker.record_success(t0);
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
  breaker.record_success(t0 + seconds{1});
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

/// Of each ten outcomes so many fail, never five in a row.
state after_failing(int of_ten, int outcomes, milliseconds apart) {
  circuit_breaker breaker{breaker_limits{}};
  auto now = t0;
  for (int i = 0; i < outcomes && breaker.current() == state::closed; ++i) {
    now += apart;
    if ((i * of_ten) % 10 < of_ten) {
      breaker.record_failure(now, 0.0);
    } else {
      breaker.record_success(now);
    }
  }
  return breaker.current();
}

TEST(circuit_breaker, a_share_of_failures_opens_it_without_any_in_a_row) {
  EXPECT_EQ(after_failing(6, 100, milliseconds{100}), state::open);
  EXPECT_EQ(after_failing(3, 1'000, milliseconds{100}), state::closed);
}

TEST(circuit_breaker, a_few_outcomes_or_old_ones_are_no_share) {
  EXPECT_EQ(after_failing(6, 19, milliseconds{100}), state::closed);
  EXPECT_EQ(after_failing(6, 1'000, seconds{2}), state::closed)
    << "never twenty within the window";
}

TEST(circuit_breaker, what_failed_before_it_closed_does_not_count_after) {
  circuit_breaker breaker{breaker_limits{}};
  for (int i = 0; i < 30 && breaker.current() == state::closed; ++i) {
    i % 4 == 0 ? breaker.record_success(t0) : breaker.record_failure(t0, 0.0);
  }
  ASSERT_EQ(breaker.current(), state::open);
  ASSERT_TRUE(breaker.allows(t0 + seconds{1}));
  breaker.record_success(t0 + seconds{1});
  breaker.record_failure(t0 + seconds{1}, 0.0);
  EXPECT_EQ(breaker.current(), state::closed);
}

TEST(circuit_breaker,
     an_open_question_lets_the_next_probe_go_and_closes_nothing) {
  auto breaker = opened();
  ASSERT_TRUE(breaker.allows(t0 + seconds{1}));
  breaker.record_open_question(t0 + seconds{2});
  EXPECT_EQ(breaker.current(), state::half_open);
  EXPECT_TRUE(breaker.allows(t0 + seconds{2}));
  EXPECT_FALSE(breaker.allows(t0 + seconds{2}));
}

TEST(circuit_breaker, is_held_as_long_as_the_destination_asks) {
  circuit_breaker breaker{breaker_limits{}};
  breaker.hold(t0, t0 + seconds{90}, 0.0);
  EXPECT_FALSE(breaker.allows(t0 + milliseconds{89'999}));
  EXPECT_TRUE(breaker.allows(t0 + seconds{90}));
  circuit_breaker shortly{breaker_limits{}};
  shortly.hold(t0, t0, 0.0);
  EXPECT_FALSE(shortly.allows(t0 + milliseconds{999}))
    << "never shorter than its own wait";
}

/// One life of a breaker against the plainest account of the same events.
void live(testing_routing::dice& random) {
  breaker_limits limits;
  limits.failures_max = static_cast<std::uint32_t>(1 + random.upto(6));
  limits.failures_percent = static_cast<std::uint32_t>(1 + random.upto(99));
  limits.outcomes_min = static_cast<std::uint32_t>(1 + random.upto(30));
  circuit_breaker breaker{limits};
  auto now = t0;
  std::size_t in_row = 0;
  bool probing = false;
  for (int i = 0; i < 200; ++i) {
    now += milliseconds{random.upto(4'000)};
    const auto before = breaker.current();
    const auto due = breaker.retry_at();
    const bool allowed = breaker.allows(now);
    ASSERT_TRUE(before == state::closed || allowed == (now >= due));
    probing = breaker.current() == state::half_open;
    if (!allowed) {
      continue;
    }
    if (random.one_in(3)) {
      breaker.record_success(now);
      in_row = 0;
      ASSERT_EQ(breaker.current(), state::closed);
      continue;
    }
    breaker.record_failure(now, random.share());
    ++in_row;
    if (probing || in_row >= limits.failures_max) {
      ASSERT_EQ(breaker.current(), state::open);
    }
    if (breaker.current() == state::open) {
      in_row = 0;
      const auto wait = breaker.retry_at() - now;
      ASSERT_GE(wait, limits.open_first);
      ASSERT_LE(wait, limits.open_longest * 3 / 2);
    }
  }
}

TEST(circuit_breaker, never_forgets_to_open_nor_waits_beyond_its_bounds) {
  testing_routing::dice random;
  for (int life = 0; life < 5'000; ++life) {
    live(random);
    ASSERT_FALSE(::testing::Test::HasFatalFailure()) << "life " << life;
  }
}

} // namespace
} // namespace pgmuster
