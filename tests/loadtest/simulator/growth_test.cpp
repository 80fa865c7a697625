#include "loadtest/simulator/growth.hpp"
#include "loadtest/simulator/timeline.hpp"

#include <gtest/gtest.h>

namespace pgmuster::loadtest {
namespace {

TEST(growth, grows_by_half_the_rate_at_least_and_by_one_and_a_half_at_most) {
  for (const std::int64_t rate : {1, 2, 7, 1'000, 50'000}) {
    for (std::uint64_t key = 0; key < 20; ++key) {
      for (std::int64_t step = 0; step < 50; ++step) {
        const auto more = grown(key, rate, step + 1) - grown(key, rate, step);
        EXPECT_GE(more, rate - rate / 2);
        EXPECT_LE(more, rate + rate / 2);
      }
    }
  }
}

TEST(growth, an_entry_runs_as_often_as_going_through_all_steps_says) {
  struct circle {
    std::int64_t count, width, turnover;
  };
  for (const auto& is : {circle{10, 3, 4}, circle{7, 1, 1}, circle{5, 5, 2},
                         circle{6, 4, 3}, circle{9, 2, 0}}) {
    for (std::int64_t index = 0; index < is.count; ++index) {
      std::int64_t ran = 0;
      for (std::int64_t step = 0; step < 200; ++step) {
        EXPECT_EQ(active_steps(index, is.count, is.width, is.turnover, step),
                  ran)
          << index << " of " << is.count << " at " << step;
        const auto turn = is.turnover > 0 ? step / is.turnover : 0;
        const auto place = ((index - turn) % is.count + is.count) % is.count;
        ran += place < is.width ? 1 : 0;
      }
    }
  }
}

class timeline_test : public ::testing::Test {
protected:
  timeline_test() {
    plan_.size = std::make_shared<size_profile>(*size_profile_named("small"));
    plan_.born = wall_time{seconds{1'000'000}};
  }
  [[nodiscard]] wall_time at(std::int64_t step) const {
    return plan_.born + seconds{step};
  }
  void happens(std::int64_t step, happening_kind is, std::uint64_t amount = 0) {
    plan_.happenings.push_back({at(step), is, amount});
  }
  instance_plan plan_;
};

TEST_F(timeline_test, what_happens_within_a_step_is_seen_from_the_next_one_on) {
  plan_.happenings.push_back(
    {at(5) + milliseconds{1}, happening_kind::new_databases, 2});
  EXPECT_EQ(moment_at(plan_, 5).databases, 1U);
  EXPECT_EQ(moment_at(plan_, 6).databases, 3U);
}

TEST_F(timeline_test, a_failover_is_another_server_with_another_identifier) {
  happens(10, happening_kind::failover);
  const auto before = moment_at(plan_, 9);
  const auto after = moment_at(plan_, 10);
  EXPECT_NE(before.system_identifier, after.system_identifier);
  EXPECT_NE(before.postmaster_start, after.postmaster_start);
  EXPECT_EQ(after.timeline, before.timeline + 1);
  EXPECT_EQ(after.incarnation, 1U);
}

TEST_F(timeline_test, a_crash_counts_from_nothing_and_does_not_say_so) {
  happens(10, happening_kind::statistics_reset);
  EXPECT_TRUE(moment_at(plan_, 10).stats_reset);
  happens(20, happening_kind::crash);
  const auto after = moment_at(plan_, 25);
  EXPECT_FALSE(after.stats_reset);
  EXPECT_EQ(after.counted_from, 20);
  EXPECT_EQ(after.postmaster_start, at(20));
  EXPECT_EQ(after.statements_from, 0);
}

TEST_F(timeline_test, distinct_queries_come_at_their_rate_until_it_ends) {
  happens(10, happening_kind::distinct_queries, 5);
  happens(14, happening_kind::distinct_queries, 0);
  happens(20, happening_kind::distinct_queries, 1);
  EXPECT_EQ(moment_at(plan_, 10).distinct_made, 0U);
  EXPECT_EQ(moment_at(plan_, 12).distinct_made, 10U);
  EXPECT_EQ(moment_at(plan_, 18).distinct_made, 20U);
  EXPECT_EQ(moment_at(plan_, 23).distinct_made, 23U);
}

} // namespace
} // namespace pgmuster::loadtest
