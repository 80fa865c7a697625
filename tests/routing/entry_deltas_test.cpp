// What a read adds in the cases that a person would ask about first.
#include "routing/entry_deltas.hpp"
#include "tests/routing/entry_rows.hpp"

#include <gtest/gtest.h>

namespace pgmuster {
namespace {

using testing_routing::columns;
using testing_routing::layout_of;
using testing_routing::readings;
using testing_routing::row;
using testing_routing::values;

row entry(std::uint64_t query, std::int64_t value, std::int64_t database = 1) {
  return {database, query, values(columns, value), 0, false};
}

struct bench {
  std::vector<entry_block> read(const std::vector<row>& rows) {
    context.time += seconds{10};
    return deltas.absorb(readings(rows, false), layout, context);
  }
  read_context context;
  entry_deltas deltas;
  std::shared_ptr<const block_layout> layout = layout_of(columns);
};

TEST(entry_deltas, a_standby_promoted_with_higher_counters_adds_nothing) {
  bench it;
  it.context.during = {1, 1};
  it.read({entry(1, 100), entry(2, 5)});
  it.context.during = {1, 2};
  const auto blocks = it.read({entry(1, 900), entry(3, 7)});
  ASSERT_EQ(blocks.size(), 1U);
  EXPECT_TRUE(blocks[0].gap);
  EXPECT_TRUE(blocks[0].moved.empty());
  EXPECT_EQ(it.deltas.gaps(), 2U);
  EXPECT_EQ(it.read({entry(1, 901), entry(3, 7)})[0].moved.at(0).deltas,
            values(columns, 1));
}

TEST(entry_deltas, a_database_that_is_gone_and_empty_is_forgotten) {
  bench it;
  std::map<std::int64_t, std::string> names{{1, "one"}, {2, "two"}};
  it.context.databases = &names;
  EXPECT_EQ(it.read({entry(1, 1, 1), entry(1, 1, 2)}).size(), 2U);
  const auto had = it.read({entry(1, 1, 1)});
  ASSERT_EQ(had.size(), 2U);
  EXPECT_EQ(had[1].entries, 0U);
  names.erase(2);
  EXPECT_EQ(it.read({entry(1, 1, 1)}).size(), 1U);
  EXPECT_EQ(it.read({entry(1, 1, 1), entry(9, 1, 2)}).size(), 2U);
}

TEST(entry_deltas, other_columns_than_before_make_a_first_read) {
  bench it;
  it.read({entry(1, 1)});
  auto other = std::make_shared<block_layout>(*it.layout);
  it.layout = std::make_shared<block_layout>(*it.layout);
  EXPECT_FALSE(it.read({entry(1, 2)})[0].gap);
  other->metrics[0].name = "another";
  it.layout = other;
  const auto blocks = it.read({entry(1, 3)});
  EXPECT_TRUE(blocks[0].gap);
  EXPECT_TRUE(blocks[0].moved.empty());
}

TEST(entry_deltas, an_empty_reading_between_two_is_an_eviction_of_all) {
  bench it;
  it.read({entry(1, 1)});
  it.read({});
  EXPECT_EQ(it.read({entry(1, 4)})[0].moved.at(0).deltas, values(columns, 4));
}

TEST(entry_deltas, a_cycle_without_stats_reset_does_not_look_like_a_reset) {
  bench it;
  it.context.stats_reset = 5;
  it.read({entry(1, 10)});
  it.context.stats_reset = 0;
  it.read({entry(1, 11)});
  it.context.stats_reset = 5;
  EXPECT_EQ(it.read({entry(1, 13)})[0].moved.at(0).deltas, values(columns, 2));
}

TEST(entry_deltas, keep_a_baseline_in_its_key_and_varints) {
  bench it;
  std::vector<row> rows;
  for (std::uint64_t i = 0; i < 5'000; ++i) {
    rows.push_back(entry(i, 100));
  }
  it.read(rows);
  it.read(rows);
  EXPECT_LE(it.deltas.bytes(), 5'000U * (16 + columns) * 5 / 4);
}

} // namespace
} // namespace pgmuster
