// Who is struck, when, and how.
#include "loadtest/simulator/faults/fault_plan.hpp"

#include <gtest/gtest.h>

#include <random>

namespace pgmuster::loadtest {
namespace {

using startup = startup_decision::outcome;
using answer = answer_decision::outcome;

fault one(fault_kind kind, std::vector<instance_range> instances = {}) {
  fault made;
  made.is = kind;
  made.instances = std::move(instances);
  made.from = seconds{10};
  made.to = seconds{20};
  return made;
}

TEST(fault_plan_test, a_fault_strikes_its_instances_in_its_time_alone) {
  auto slow = one(fault_kind::slow, {{2, 3}});
  slow.by = seconds{1};
  const fault_plan plan{{slow}, 5, 1};
  const auto delay = [&](instance_number instance, seconds at) {
    return plan.on_answer(instance, at, 0).delay;
  };
  EXPECT_EQ(delay(2, seconds{10}), seconds{1});
  EXPECT_EQ(delay(3, seconds{19}), seconds{1});
  EXPECT_EQ(delay(2, seconds{9}), seconds{0});
  EXPECT_EQ(delay(2, seconds{20}), seconds{0});
  EXPECT_EQ(delay(1, seconds{10}), seconds{0});
  EXPECT_EQ(delay(4, seconds{10}), seconds{0});
}

TEST(fault_plan_test, faults_of_one_instance_add_up) {
  auto slow = one(fault_kind::slow);
  slow.by = seconds{1};
  auto hang = one(fault_kind::hang);
  hang.place = fault_place::within_row;
  const fault_plan plan{{slow, slow, hang}, 1, 1};
  const auto decided = plan.on_answer(0, seconds{10}, 0);
  EXPECT_EQ(decided.delay, seconds{2});
  EXPECT_EQ(decided.is, answer::hang_within_row);
  EXPECT_EQ(decided.until, seconds{20});
}

TEST(fault_plan_test, a_stagger_strikes_one_instance_after_another) {
  auto restart = one(fault_kind::restart, {{5, 7}});
  restart.stagger = seconds{3};
  const fault_plan plan{{restart}, 10, 1};
  const auto all = plan.expulsions();
  ASSERT_EQ(all.size(), 3U);
  EXPECT_EQ(all[0].instance, 5U);
  EXPECT_FALSE(all[0].reset);
  EXPECT_EQ(all[1].at, seconds{13});
  EXPECT_EQ(all[2].instance, 7U);
  EXPECT_EQ(plan.on_startup(6, seconds{12}, 0).is, startup::accept);
  EXPECT_EQ(plan.on_startup(6, seconds{13}, 0).is, startup::starting_up);
  EXPECT_EQ(plan.on_startup(6, seconds{22}, 0).is, startup::starting_up);
  EXPECT_EQ(plan.on_startup(6, seconds{23}, 0).is, startup::accept);
}

TEST(fault_plan_test, a_share_is_chosen_by_the_seed_and_stays) {
  auto refuse = one(fault_kind::refuse);
  refuse.share = 0.01;
  const auto struck = [&](std::uint64_t seed) {
    const fault_plan plan{{refuse}, 10'000, seed};
    std::vector<instance_number> made;
    for (instance_number at = 0; at < 10'000; ++at) {
      if (plan.on_startup(at, seconds{10}, at).is != startup::accept) {
        made.push_back(at);
      }
    }
    return made;
  };
  EXPECT_EQ(struck(1), struck(1));
  EXPECT_NE(struck(1), struck(2));
  EXPECT_GT(struck(1).size(), 50U);
  EXPECT_LT(struck(1).size(), 200U);
}

TEST(fault_plan_test, a_chance_is_decided_by_the_random_number) {
  auto reset = one(fault_kind::reset);
  reset.chance = 0.25;
  const fault_plan plan{{reset}, 1, 1};
  std::mt19937_64 bits{7};
  int resets = 0;
  for (int at = 0; at < 10'000; ++at) {
    resets +=
      plan.on_answer(0, seconds{10}, bits()).is == answer::reset ? 1 : 0;
  }
  EXPECT_GT(resets, 2'200);
  EXPECT_LT(resets, 2'800);
}

TEST(fault_plan_test, a_place_decides_where_a_hang_or_a_reset_strikes) {
  for (const auto kind : {fault_kind::hang, fault_kind::reset}) {
    auto at_start = one(kind);
    at_start.place = fault_place::startup;
    const fault_plan plan{{at_start}, 1, 1};
    EXPECT_NE(plan.on_startup(0, seconds{10}, 0).is, startup::accept);
    EXPECT_EQ(plan.on_answer(0, seconds{10}, 0).is, answer::answer);
    const fault_plan other{{one(kind)}, 1, 1};
    EXPECT_EQ(other.on_startup(0, seconds{10}, 0).is, startup::accept);
    EXPECT_NE(other.on_answer(0, seconds{10}, 0).is, answer::answer);
  }
}

TEST(fault_plan_test, a_reset_of_sessions_strikes_them_once) {
  auto reset = one(fault_kind::reset, {{1, 1}});
  reset.place = fault_place::sessions;
  const fault_plan plan{{reset}, 3, 1};
  const auto all = plan.expulsions();
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(all[0].at, seconds{10});
  EXPECT_EQ(all[0].instance, 1U);
  EXPECT_TRUE(all[0].reset);
  EXPECT_EQ(plan.on_answer(1, seconds{10}, 0).is, answer::answer);
  EXPECT_EQ(plan.on_startup(1, seconds{10}, 0).is, startup::accept);
}

TEST(fault_plan_test, a_silent_refusal_is_a_closed_socket) {
  auto refuse = one(fault_kind::refuse);
  EXPECT_EQ(fault_plan({refuse}, 1, 1).on_startup(0, seconds{10}, 0).is,
            startup::refuse);
  refuse.abrupt = true;
  EXPECT_EQ(fault_plan({refuse}, 1, 1).on_startup(0, seconds{10}, 0).is,
            startup::close);
}

TEST(fault_plan_test, passwords_and_costly_verifiers_are_told_at_startup) {
  auto costly = one(fault_kind::scram_iterations);
  costly.amount = 1'000'000;
  const fault_plan plan{{costly, one(fault_kind::wrong_password)}, 1, 1};
  const auto decided = plan.on_startup(0, seconds{10}, 0);
  EXPECT_EQ(decided.scram_iterations, 1'000'000U);
  EXPECT_TRUE(decided.wrong_password);
  EXPECT_EQ(decided.is, startup::accept);
  EXPECT_EQ(plan.scram_iterations(), std::vector<std::uint32_t>{1'000'000});
}

TEST(fault_plan_test, a_handshake_of_nobody_known_is_slow_by_share) {
  auto slow = one(fault_kind::slow_tls, {{0, 24}});
  slow.by = seconds{2};
  const fault_plan plan{{slow}, 100, 1};
  EXPECT_EQ(plan.tls_delay(24, seconds{10}, 0), seconds{2});
  EXPECT_EQ(plan.tls_delay(25, seconds{10}, 0), seconds{0});
  std::mt19937_64 bits{7};
  int slowed = 0;
  for (int at = 0; at < 10'000; ++at) {
    slowed +=
      plan.tls_delay(std::nullopt, seconds{10}, bits()) > seconds{0} ? 1 : 0;
  }
  EXPECT_GT(slowed, 2'200);
  EXPECT_LT(slowed, 2'800);
}

TEST(fault_plan_test, the_model_is_told_of_what_alters_it) {
  auto queries = one(fault_kind::distinct_queries);
  queries.amount = 1'000;
  auto crash = one(fault_kind::restart);
  crash.from = seconds{5};
  crash.abrupt = true;
  const fault_plan plan{{queries, one(fault_kind::slow), crash}, 1, 1};
  const auto events = plan.model_events(0);
  ASSERT_EQ(events.size(), 3U);
  EXPECT_EQ(events[0].is, fault_kind::restart);
  EXPECT_TRUE(events[0].crash);
  EXPECT_EQ(events[1].amount, 1'000U);
  EXPECT_EQ(events[2].at, seconds{20});
  EXPECT_EQ(events[2].amount, 0U);
  EXPECT_TRUE(plan.model_events(1).empty());
}

} // namespace
} // namespace pgmuster::loadtest
