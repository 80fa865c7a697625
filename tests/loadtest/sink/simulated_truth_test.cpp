// What the sink compares with is what the simulator's model says.
#include "loadtest/simulator/scenario/instance_plans.hpp"
#include "loadtest/simulator/truth.hpp"
#include "loadtest/sink/simulated_truth.hpp"

#include <gtest/gtest.h>

#include <fstream>

namespace pgmuster::loadtest {
namespace {

constexpr wall_time started{seconds{1'700'000'000}};
constexpr wall_time later = started + seconds{30};

std::filesystem::path scenario_file() {
  const std::filesystem::path file = testing::TempDir() + "simulator.json";
  std::ofstream{file} << R"({"simulator":{"seed":3,"instances":20,
    "size":"small","versions":[16]}})";
  return file;
}

/// Transactions of the first database of an instance, as the model has them.
std::int64_t commits_of(instance_number instance) {
  std::ifstream from{scenario_file()};
  const std::string text{std::istreambuf_iterator<char>{from}, {}};
  const auto scenario = read_scenario(text, ".");
  const auto plan = instance_plans::of(*scenario, started)->plan(instance);
  const instance_truth truth{
    std::make_shared<truth_book>(server_book::of(plan.major)), plan, nullptr};
  const truth_attribute named[]{{"db.namespace", plan.first_database}};
  const auto found =
    truth.value("postgresql.commits", named, step_at(plan, later));
  return found && found->integer() != nullptr ? *found->integer() : 0;
}

truth_answer ask(const truth_functions& truth,
                 std::string_view target,
                 std::int64_t commits) {
  const received_attribute named[]{{"db.namespace", "app"}};
  const received_point point{started, later, number::of(commits), named};
  return truth.points(
    {"t-0", target, "postgresql.commits", instrument::counter, point});
}

TEST(simulated_truth, knows_right_from_wrong_for_each_instance) {
  const auto truth = simulated_truth({scenario_file(), started, "s-", 1});
  ASSERT_TRUE(truth) << describe(truth.error());
  for (const instance_number instance : {0U, 7U, 19U}) {
    const auto target = "s-" + std::to_string(instance);
    const auto commits = commits_of(instance);
    ASSERT_GT(commits, 0);
    EXPECT_EQ(ask(*truth, target, commits).is, truth_answer::kind::right);
    const auto told = ask(*truth, target, commits + 1'000'000);
    EXPECT_EQ(told.is, truth_answer::kind::wrong);
    EXPECT_NE(told.expected.find(std::to_string(commits)), std::string::npos)
      << told.expected;
  }
}

TEST(instance_plans, make_each_so_many_th_instance_a_standby) {
  for (const auto& [every, standbys] :
       {std::pair{"0", 0}, {"10", 2}, {"1", 20}}) {
    const auto scenario =
      read_scenario(R"({"simulator":{"instances":20,"standby_every":)"
                      + std::string{every} + "}}",
                    ".");
    ASSERT_TRUE(scenario);
    const auto plans = instance_plans::of(*scenario, started);
    int found = 0;
    for (instance_number number = 0; number < 20; ++number) {
      const bool is = plans->plan(number).standby;
      found += is ? 1 : 0;
      EXPECT_TRUE(!is || *every == '1');
    }
    EXPECT_EQ(found, standbys);
  }
}

TEST(simulated_truth, is_unknown_for_what_is_not_simulated) {
  const auto truth = simulated_truth({scenario_file(), started, "s-", 1});
  ASSERT_TRUE(truth);
  for (const auto* target : {"s-20", "s-", "s-1x", "orders", ""}) {
    EXPECT_EQ(ask(*truth, target, 1).is, truth_answer::kind::unknown) << target;
  }
}

TEST(simulated_truth, compares_no_more_than_its_share) {
  const auto none = simulated_truth({scenario_file(), started, "s-", 0});
  ASSERT_TRUE(none);
  EXPECT_EQ(ask(*none, "s-1", 1).is, truth_answer::kind::unknown);
  const auto half = simulated_truth({scenario_file(), started, "s-", 0.5});
  ASSERT_TRUE(half);
  int compared = 0;
  for (int target = 0; target < 20; ++target) {
    compared += ask(*half, "s-" + std::to_string(target), -1).is
                    == truth_answer::kind::wrong
                  ? 1
                  : 0;
  }
  EXPECT_GT(compared, 2);
  EXPECT_LT(compared, 18);
}

TEST(simulated_truth, refuses_a_scenario_it_cannot_read) {
  EXPECT_FALSE(simulated_truth({"/nowhere/at/all", started, "s-", 1}));
}

} // namespace
} // namespace pgmuster::loadtest
