// The statements that took longest are told, as differences, with the names of
// OpenTelemetry's receiver.
#include "codec/catalog/entry_key.hpp"
#include "codec/catalog/negotiate.hpp"
#include "drivers/postgres/catalog/catalog.hpp"
#include "drivers/postgres/sessions/top_query_event.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace pgmuster::postgres {
namespace {

/// The statements' probe with every column that any version has.
negotiated_probe statements() {
  auto all = load_catalog({});
  EXPECT_TRUE(all) << describe(all.error());
  server_shape shape;
  shape.version_num = 180'000;
  shape.extensions["pg_stat_statements"] = {"1.12", "public"};
  for (const auto& one : *all) {
    for (const auto& item : one->items) {
      for (const auto& need : item.needs) {
        const auto dot = need.find('.');
        if (dot != std::string::npos) {
          shape.columns[need.substr(0, dot)].insert(need.substr(dot + 1));
        }
      }
    }
  }
  for (auto& one : negotiate(*all, shape).probes) {
    if (one.definition->name == "statements") {
      return one;
    }
  }
  ADD_FAILURE();
  return {};
}

std::string key_of(std::int64_t queryid) {
  std::string key;
  for (const std::int64_t item :
       {std::int64_t{16'384}, std::int64_t{10}, queryid, std::int64_t{1}}) {
    append_key_item(key, item);
  }
  return key;
}

class top_query_test : public ::testing::Test {
protected:
  void add(std::int64_t queryid, std::int64_t took) {
    auto& entry = block_.moved.emplace_back();
    entry.key = key_of(queryid);
    for (std::size_t c = 0; c < probe_.layout->columns.size(); ++c) {
      entry.deltas.push_back(static_cast<std::int64_t>(c) + 100);
    }
    entry.deltas[probe_.ranked_by_column] = took;
  }
  std::vector<target_event> told(std::size_t most) {
    block_.layout = probe_.layout;
    block_.database = "shop";
    block_.ranked_by = probe_.ranked_by_column;
    return top_query_events({&block_, 1}, most, wall_time{seconds{5}},
                            queries_);
  }

  negotiated_probe probe_ = statements();
  entry_block block_;
  std::vector<asked_query> queries_;
};

TEST_F(top_query_test, the_longest_come_first_and_no_more_than_asked) {
  add(1, 10);
  add(-2, 5'000);
  add(3, 0);
  add(4, 700);
  const auto events = told(2);
  ASSERT_EQ(events.size(), 2U);
  EXPECT_EQ(events[0].name, "db.server.top_query");
  EXPECT_EQ(events[0].kind, event_kind::ranked);
  EXPECT_EQ(queries_.at(events[0].query).key, key_of(-2));
  EXPECT_EQ(queries_.at(events[1].query).key, key_of(4));
  const auto& said = events[0].described;
  EXPECT_TRUE(std::any_of(said.begin(), said.end(), [](const auto& one) {
    return one.key == "postgresql.queryid" && one.value == "-2";
  }));
}

TEST_F(top_query_test, what_took_no_time_is_not_told) {
  add(1, 0);
  EXPECT_TRUE(told(5).empty());
  add(2, 1);
  EXPECT_EQ(told(5).size(), 1U);
  EXPECT_TRUE(told(0).empty());
}

TEST_F(top_query_test, it_has_each_of_the_receivers_numbers_once) {
  add(1, 2'500);
  const auto events = told(1);
  ASSERT_EQ(events.size(), 1U);
  std::vector<std::string> keys;
  for (const auto& one : events[0].measured) {
    keys.push_back(one.key);
    if (one.key == "postgresql.total_exec_time") {
      EXPECT_EQ(one.value.real, 2.5) << "in ms";
    }
  }
  std::sort(keys.begin(), keys.end());
  EXPECT_EQ(keys,
            (std::vector<std::string>{
              "postgresql.calls", "postgresql.rows",
              "postgresql.shared_blks_dirtied", "postgresql.shared_blks_hit",
              "postgresql.shared_blks_read", "postgresql.shared_blks_written",
              "postgresql.temp_blks_read", "postgresql.temp_blks_written",
              "postgresql.total_exec_time", "postgresql.total_plan_time"}));
}

} // namespace
} // namespace pgmuster::postgres
