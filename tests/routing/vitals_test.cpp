// The figures for a person's eye follow from the points alone.
#include "routing/vitals.hpp"

#include <gtest/gtest.h>

#include <string>

namespace pgmuster {
namespace {

constexpr wall_time t0{seconds{1'700'000'000}};

struct named_value {
  std::string_view metric;
  std::int64_t value;
};

point_block block_of(const std::vector<std::string>& keys,
                     const std::vector<std::string>& values_of_keys,
                     const std::vector<named_value>& cells) {
  auto layout = std::make_shared<block_layout>();
  layout->keys = keys;
  point_row row;
  row.values_of_keys = values_of_keys;
  for (const auto& cell : cells) {
    layout->columns.push_back(
      {static_cast<std::uint32_t>(layout->metrics.size()), {}});
    layout->metrics.push_back(
      {.name = std::string{cell.metric}, .unit = "{x}", .description = {}});
    row.values.push_back(number::of(cell.value));
  }
  return {layout, {row}};
}

point_block database(const std::string& name,
                     std::int64_t commits,
                     std::int64_t hit,
                     std::int64_t read) {
  return block_of({"db.namespace"}, {name},
                  {{vital_metrics::commits, commits},
                   {vital_metrics::rollbacks, 1},
                   {vital_metrics::blocks_hit, hit},
                   {vital_metrics::blocks_read, read}});
}

point_block sessions(const std::string& state,
                     const std::string& wait,
                     std::int64_t count) {
  return block_of({std::string{vital_metrics::state_key},
                   std::string{vital_metrics::wait_key}},
                  {state, wait}, {{vital_metrics::sessions, count}});
}

TEST(vitals, rates_come_from_the_last_two_reads_of_all_databases) {
  vitals seen;
  seen.absorb({database("a", 100, 0, 0), database("b", 50, 0, 0)}, t0);
  EXPECT_FALSE(seen.transactions_per_second());
  seen.absorb({database("a", 200, 90, 10), database("b", 150, 0, 100)},
              t0 + seconds{10});
  EXPECT_DOUBLE_EQ(seen.transactions_per_second().value(), 20.0);
  EXPECT_DOUBLE_EQ(seen.cache_hit_share().value(), 0.45);
}

TEST(vitals, a_new_or_reset_database_does_not_jump) {
  vitals seen;
  seen.absorb({database("a", 100, 0, 0), database("b", 5'000, 0, 0)}, t0);
  seen.absorb({database("a", 110, 0, 0), database("b", 3, 0, 0),
               database("c", 1'000'000, 0, 0)},
              t0 + seconds{10});
  EXPECT_DOUBLE_EQ(seen.transactions_per_second().value(), 1.0);
  EXPECT_FALSE(seen.cache_hit_share());
}

TEST(vitals, sessions_are_counted_in_all_states_and_waiting_are_active_ones) {
  vitals seen;
  seen.absorb({sessions("active", "", 3), sessions("active", "Lock", 2),
               sessions("idle", "Client", 40),
               sessions("idle in transaction", "Client", 5)},
              t0);
  EXPECT_EQ(seen.sessions(), 50);
  EXPECT_EQ(seen.active_sessions(), 5);
  EXPECT_EQ(seen.waiting_sessions(), 2);
  seen.absorb({}, t0 + seconds{10});
  EXPECT_EQ(seen.active_sessions(), 5) << "not read in that cycle";
}

TEST(vitals, lag_is_the_worst_one) {
  vitals seen;
  EXPECT_FALSE(seen.lag_seconds());
  seen.absorb(
    {block_of({"standby"}, {"x"},
              {{vital_metrics::lag_seconds[0], 3},
               {vital_metrics::delay_bytes[0], 100}}),
     block_of({"standby"}, {"y"}, {{vital_metrics::lag_seconds[0], 8}})},
    t0);
  EXPECT_EQ(seen.lag_seconds(), 8.0);
  EXPECT_EQ(seen.delay_bytes(), 100.0);
  seen.forget();
  EXPECT_FALSE(seen.lag_seconds());
}

} // namespace
} // namespace pgmuster
