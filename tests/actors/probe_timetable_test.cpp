#include "actors/probe_timetable.hpp"

#include <gtest/gtest.h>

namespace pgmuster {
namespace {

using std::chrono_literals::operator""s;
using std::chrono_literals::operator""min;

negotiated_probe probe_called(const std::string& name,
                              probe_scope scope,
                              const std::string& interval_class = "") {
  auto definition = std::make_shared<probe_definition>();
  definition->name = name;
  definition->scope = scope;
  definition->interval_class = interval_class;
  negotiated_probe made;
  made.definition = std::move(definition);
  return made;
}

TEST(interval_of, a_probe_s_own_name_wins_over_its_class_and_scope) {
  interval_config intervals;
  intervals.by_name["tables"] = 30s;
  EXPECT_EQ(
    interval_of(*probe_called("tables", probe_scope::database).definition,
                intervals),
    30s);
  EXPECT_EQ(
    interval_of(*probe_called("indexes", probe_scope::database).definition,
                intervals),
    60s);
  EXPECT_EQ(interval_of(*probe_called("wal", probe_scope::instance).definition,
                        intervals),
            10s);
  EXPECT_EQ(
    interval_of(*probe_called("statements", probe_scope::instance, "statements")
                   .definition,
                intervals),
    60s);
}

TEST(interval_of, a_floor_is_kept_unless_the_probe_is_named) {
  auto definition = std::make_shared<probe_definition>();
  definition->name = "texts";
  definition->interval = milliseconds{5min};
  interval_config intervals;
  EXPECT_EQ(interval_of(*definition, intervals), 5min);
  intervals.by_name["texts"] = 15s;
  EXPECT_EQ(interval_of(*definition, intervals), 15s);
}

TEST(probe_timetable, an_unmeasured_run_costs_what_the_last_measured_one_did) {
  const auto often = probe_called("wal", probe_scope::instance);
  const auto other = probe_called("io", probe_scope::instance);
  probe_timetable table{{&often, &other}, {}};
  EXPECT_EQ(table.cost_of(often, std::nullopt), microseconds{0});
  EXPECT_EQ(table.cost_of(often, microseconds{70}), microseconds{70});
  EXPECT_EQ(table.cost_of(other, microseconds{9}), microseconds{9});
  EXPECT_EQ(table.cost_of(often, std::nullopt), microseconds{70});
  const auto stranger = probe_called("new", probe_scope::instance);
  EXPECT_EQ(table.cost_of(stranger, microseconds{3}), microseconds{3});
}

TEST(probe_timetable, a_minute_s_probe_joins_every_sixth_ten_second_cycle) {
  const auto often = probe_called("wal", probe_scope::instance);
  const auto seldom = probe_called("tables", probe_scope::database);
  probe_timetable table{{&often, &seldom}, interval_config{}};
  ASSERT_EQ(table.base(), 10s);
  std::vector<std::size_t> counts;
  mono_time now{1'000s};
  for (int cycle = 0; cycle < 13; ++cycle) {
    // Lateness of a cycle must not shift the others.
    const auto late = milliseconds{cycle % 3 * 40};
    counts.push_back(table.take_due(now + late).size());
    now += 10s;
  }
  const std::vector<std::size_t> expected{2, 1, 1, 1, 1, 1, 2,
                                          1, 1, 1, 1, 1, 2};
  EXPECT_EQ(counts, expected);
}

TEST(probe_timetable, what_could_not_be_taken_is_asked_again_after_a_tenth) {
  const auto often = probe_called("wal", probe_scope::instance);
  const auto texts = probe_called("texts", probe_scope::instance);
  interval_config intervals;
  intervals.by_name["texts"] = 5min;
  probe_timetable table{{&often, &texts}, intervals};
  ASSERT_EQ(table.base(), 10s);
  mono_time now{1'000s};
  ASSERT_EQ(table.take_due(now).size(), 2U);
  table.ask_again("texts", now);
  table.ask_again("unknown", now);
  std::vector<int> asked;
  for (int cycle = 1; cycle <= 40; ++cycle) {
    if (table.take_due(now + cycle * 10s).size() == 2) {
      asked.push_back(cycle);
    }
  }
  EXPECT_EQ(asked, (std::vector<int>{3, 33}));
}

} // namespace
} // namespace pgmuster
