// The first look comes when all is usually there, and finds that out.
#include "drivers/postgres/look_pace.hpp"

#include <gtest/gtest.h>

namespace pgmuster::postgres {
namespace {

/// Cycles that take `takes`; the looks that they need on average.
double looks_a_cycle(look_pace& pace, milliseconds takes, int cycles) {
  int looks = 0;
  for (int cycle = 0; cycle < cycles; ++cycle) {
    auto waited = pace.first_wait();
    pace.looked(waited >= takes);
    for (++looks; waited < takes; ++looks) {
      waited += look_pace::next_wait();
    }
  }
  return static_cast<double>(looks) / cycles;
}

TEST(look_pace, begins_with_one_step_and_stays_there_for_quick_servers) {
  look_pace pace;
  EXPECT_EQ(looks_a_cycle(pace, milliseconds{8}, 1'000), 1.0);
  EXPECT_EQ(pace.first_wait(), look_pace::step);
}

TEST(look_pace, needs_little_more_than_one_look_where_cycles_take_longer) {
  for (const int takes : {15, 25, 35, 55}) {
    look_pace pace;
    EXPECT_LT(looks_a_cycle(pace, milliseconds{takes}, 1'000), 1.15) << takes;
    EXPECT_LE(pace.first_wait(), milliseconds{takes} + look_pace::step);
  }
}

TEST(look_pace, comes_back_when_cycles_are_quick_again) {
  look_pace pace;
  looks_a_cycle(pace, milliseconds{45}, 100);
  looks_a_cycle(pace, milliseconds{8}, 100);
  EXPECT_EQ(pace.first_wait(), look_pace::step);
}

TEST(look_pace, waits_no_longer_than_its_limit) {
  look_pace pace;
  looks_a_cycle(pace, milliseconds{500}, 300);
  EXPECT_EQ(pace.first_wait(), look_pace::steps_max * look_pace::step);
}

} // namespace
} // namespace pgmuster::postgres
