// What a read adds in the cases that a person would ask about first.
#include "routing/entry_deltas.hpp"
#include "tests/routing/entry_rows.hpp"

#include <gtest/gtest.h>

namespace pgmuster {
namespace {

using testing_routing::columns;
using testing_routing::layout_of;
using testing_routing::row;
using testing_routing::sent_rows;
using testing_routing::values;

row entry(std::uint64_t query, std::int64_t value, std::int64_t database = 1) {
  return {database, query, values(columns, value), 0, false};
}

struct bench {
  std::vector<entry_block> read(const std::vector<row>& rows) {
    context.time += seconds{10};
    sent_rows sent{rows, false};
    auto blocks = deltas.absorb(sent, layout, context);
    decoded = sent.decoded;
    return blocks;
  }
  std::size_t decoded = 0;
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

TEST(entry_deltas, a_reset_that_is_told_a_read_late_is_a_gap_and_no_growth) {
  bench it;
  it.context.stats_reset = 5;
  it.read({entry(1, 10)});
  it.context.stats_reset = 0;
  it.read({entry(1, 12)});
  it.context.stats_reset = 6;
  const auto late = it.read({entry(1, 13)});
  EXPECT_TRUE(late[0].gap);
  EXPECT_TRUE(late[0].moved.empty());
  it.context.stats_reset = 7;
  EXPECT_EQ(it.read({entry(1, 14)})[0].moved.at(0).deltas, values(columns, 14));
}

TEST(entry_deltas, keep_a_baseline_in_the_bytes_of_what_is_not_0) {
  bench it;
  std::vector<row> rows;
  for (std::uint64_t i = 0; i < 5'000; ++i) {
    rows.push_back(entry(i, 0));
    rows.back().absolute[3] = 63;
  }
  it.read(rows);
  it.read(rows);
  // Hash 8, length 2, a key of 1 + 2, a bitmap of 1, one value of 1.
  EXPECT_LE(it.deltas.bytes(), 5'000U * 15 * 5 / 4);
}

TEST(entry_deltas, only_what_moved_is_decoded_while_the_order_holds) {
  bench it;
  std::vector<row> rows;
  for (std::uint64_t i = 0; i < 100; ++i) {
    rows.push_back(entry(i, 10));
  }
  it.read(rows);
  EXPECT_EQ(it.decoded, 100U);
  rows[7].absolute[0] += 1;
  rows[50].absolute[2] += 5;
  rows.erase(rows.begin() + 30, rows.begin() + 32);
  rows.insert(rows.begin() + 60, entry(200, 1));
  const auto blocks = it.read(rows);
  EXPECT_EQ(it.decoded, 3U);
  EXPECT_EQ(blocks.at(0).moved.size(), 3U);
  EXPECT_EQ(blocks.at(0).entries, 99U);
}

TEST(entry_deltas, rows_of_equal_key_are_one_entry_also_when_one_stands_still) {
  bench it;
  it.read({entry(1, 10), entry(2, 5), entry(1, 20)});
  EXPECT_TRUE(
    it.read({entry(1, 10), entry(2, 5), entry(1, 20)})[0].moved.empty());
  const auto moved = it.read({entry(1, 10), entry(2, 5), entry(1, 21)});
  ASSERT_EQ(moved[0].moved.size(), 1U);
  EXPECT_EQ(moved[0].moved[0].deltas, values(columns, 1));
  EXPECT_EQ(moved[0].entries, 3U);
  // A twin that appears later is more of the same entry.
  it.read({entry(2, 5), entry(3, 1)});
  const auto twin = it.read({entry(2, 5), entry(3, 1), entry(2, 4)});
  ASSERT_EQ(twin[0].moved.size(), 1U);
  EXPECT_EQ(twin[0].moved[0].deltas, values(columns, 4));
}

} // namespace
} // namespace pgmuster
