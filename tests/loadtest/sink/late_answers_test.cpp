// A point's window reaches as far as the simulator took to answer, and no
// farther.
#include "loadtest/sink/late_answers.hpp"

#include <gtest/gtest.h>

#include <fstream>

namespace pgmuster::loadtest {
namespace {

constexpr wall_time at(std::int64_t number) {
  return wall_time{seconds{number}};
}

std::string line(int instance, std::int64_t asked, std::int64_t made) {
  constexpr std::int64_t second = 1'000'000'000;
  return std::to_string(instance) + " " + std::to_string(asked * second) + " "
         + std::to_string(made * second) + "\n";
}

TEST(late_answers, reach_from_the_question_to_the_last_answer) {
  late_answers all{{}};
  all.read(line(7, 100, 103) + line(8, 100, 109) + line(7, 100, 105)
           + line(7, 120, 121));
  EXPECT_EQ(all.made(7, at(99), at(101)), at(105));
  // Asked before, answered after.
  EXPECT_EQ(all.made(7, at(104), at(106)), at(105));
  EXPECT_EQ(all.made(7, at(90), at(92)), wall_time{});
  EXPECT_EQ(all.made(7, at(106), at(108)), wall_time{});
  EXPECT_EQ(all.made(9, at(99), at(101)), wall_time{});
}

TEST(late_answers, reach_no_farther_than_a_cycle_waits) {
  late_answers all{{}};
  all.read(line(7, 100, 130) + line(7, 100, 131));
  EXPECT_EQ(all.made(7, at(100), at(102)), at(130));
}

TEST(late_answers, are_read_as_they_are_told_line_by_line) {
  const std::filesystem::path file = testing::TempDir() + "late_answers.txt";
  std::ofstream told{file, std::ios::trunc};
  told << line(7, 100, 103) << "7 1000" << std::flush;
  late_answers all{file};
  all.read_on();
  EXPECT_EQ(all.made(7, at(100), at(102)), at(103));
  told << "00000000 104000000000\nnonsense\n" << std::flush;
  all.read_on();
  EXPECT_EQ(all.made(7, at(100), at(102)), at(104));
  late_answers{"/nowhere/at/all"}.read_on();
}

} // namespace
} // namespace pgmuster::loadtest
