#include "routing/cycle_patience.hpp"

#include <gtest/gtest.h>

namespace pgmuster {
namespace {

using verdict = cycle_patience::verdict;

const mono_time began{seconds{1'000}};
mono_time at(seconds after) {
  return began + after;
}
cycle_patience usual() {
  return {began, seconds{10}, seconds{20}};
}

TEST(cycle_patience, a_probe_that_is_not_answered_is_cancelled_then_given_up) {
  auto patience = usual();
  EXPECT_EQ(patience.due(), at(seconds{10}));
  EXPECT_EQ(patience.judge(at(seconds{9})), verdict::wait);
  EXPECT_EQ(patience.judge(at(seconds{10})), verdict::cancel);
  EXPECT_FALSE(patience.cycle_is_over());
  EXPECT_EQ(patience.due(), at(seconds{11}));
  EXPECT_EQ(patience.judge(at(seconds{10})), verdict::wait);
  EXPECT_EQ(patience.judge(at(seconds{11})), verdict::give_up);
}

TEST(cycle_patience, an_answer_gives_the_next_probe_its_whole_time) {
  auto patience = usual();
  patience.answered(at(seconds{6}));
  EXPECT_EQ(patience.due(), at(seconds{16}));
  EXPECT_EQ(patience.judge(at(seconds{10})), verdict::wait);
  EXPECT_EQ(patience.judge(at(seconds{16})), verdict::cancel);
}

TEST(cycle_patience, a_probe_that_obeys_the_cancel_leaves_the_others_theirs) {
  auto patience = usual();
  EXPECT_EQ(patience.judge(at(seconds{10})), verdict::cancel);
  patience.answered(at(seconds{10}));
  EXPECT_EQ(patience.judge(at(seconds{11})), verdict::wait);
  EXPECT_EQ(patience.due(), at(seconds{20}));
}

TEST(cycle_patience, at_its_end_a_cycle_has_one_grace_whatever_answers) {
  auto patience = usual();
  patience.answered(at(seconds{9}));
  patience.answered(at(seconds{18}));
  EXPECT_EQ(patience.due(), at(seconds{20}));
  EXPECT_EQ(patience.judge(at(seconds{20})), verdict::cancel);
  EXPECT_TRUE(patience.cycle_is_over());
  patience.answered(at(seconds{20}));
  EXPECT_EQ(patience.judge(at(seconds{20})), verdict::wait);
  EXPECT_EQ(patience.judge(at(seconds{21})), verdict::give_up);
}

} // namespace
} // namespace pgmuster
