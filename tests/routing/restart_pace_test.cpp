// A child that ends again and again waits longer; one that lived quietly does
// not pay for long ago.
#include "routing/restart_pace.hpp"

#include <gtest/gtest.h>

namespace pgmuster {
namespace {

constexpr backoff_limits fast{milliseconds{100}, milliseconds{60'000}};
/// The most that a wait may be.
constexpr double most = 0.999'999;

TEST(restart_pace, waits_double_while_a_child_ends_quickly) {
  restart_pace pace;
  mono_time now{seconds{1'000}};
  milliseconds before{0};
  for (int round = 0; round < 8; ++round) {
    pace.started(now);
    now += seconds{1};
    const auto wait = pace.after_end(now, fast, most);
    EXPECT_GE(wait, before * 2 - milliseconds{1});
    before = wait;
    now += wait;
  }
  EXPECT_EQ(pace.crashes(), 8U);
  EXPECT_GE(before, seconds{12});
}

TEST(restart_pace, a_quiet_time_heals) {
  restart_pace pace;
  mono_time now{seconds{1'000}};
  for (int round = 0; round < 20; ++round) {
    pace.started(now);
    (void)pace.after_end(now, fast, most);
  }
  pace.started(now);
  now += limits::restart_quiet - milliseconds{1};
  EXPECT_GE(pace.after_end(now, fast, most), seconds{59});
  pace.started(now);
  now += limits::restart_quiet;
  EXPECT_LE(pace.after_end(now, fast, most), milliseconds{100});
  EXPECT_EQ(pace.crashes(), 1U);
}

} // namespace
} // namespace pgmuster
