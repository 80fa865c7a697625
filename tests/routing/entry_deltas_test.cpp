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

/// Reads that tell what is known, and such that do not, come to the same.
class entry_deltas_test : public ::testing::TestWithParam<bool> {};

struct bench {
  explicit bench(bool tells = false) : by_digest(tells) {}
  std::vector<entry_block> read(const std::vector<row>& rows) {
    context.time += seconds{10};
    std::optional<std::vector<std::int64_t>> known;
    if (by_digest) {
      known = deltas.known(layout);
    }
    sent_rows read{rows, false, known};
    auto blocks = deltas.absorb(read, layout, context);
    sent = read.sent();
    return blocks;
  }
  bool by_digest;
  std::size_t sent = 0;
  read_context context;
  entry_deltas deltas;
  std::shared_ptr<const block_layout> layout = layout_of(columns);
};

TEST_P(entry_deltas_test,
       a_standby_promoted_with_higher_counters_adds_nothing) {
  bench it{GetParam()};
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

TEST_P(entry_deltas_test, a_database_that_is_gone_and_empty_is_forgotten) {
  bench it{GetParam()};
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

TEST_P(entry_deltas_test, other_columns_than_before_make_a_first_read) {
  bench it{GetParam()};
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

TEST_P(entry_deltas_test, an_empty_reading_between_two_is_an_eviction_of_all) {
  bench it{GetParam()};
  it.read({entry(1, 1)});
  it.read({});
  EXPECT_EQ(it.read({entry(1, 4)})[0].moved.at(0).deltas, values(columns, 4));
}

TEST_P(entry_deltas_test,
       a_cycle_without_stats_reset_does_not_look_like_a_reset) {
  bench it{GetParam()};
  it.context.stats_reset = 5;
  it.read({entry(1, 10)});
  it.context.stats_reset = 0;
  it.read({entry(1, 11)});
  it.context.stats_reset = 5;
  EXPECT_EQ(it.read({entry(1, 13)})[0].moved.at(0).deltas, values(columns, 2));
}

TEST_P(entry_deltas_test,
       a_reset_that_is_told_a_read_late_is_a_gap_and_no_growth) {
  bench it{GetParam()};
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

TEST_P(entry_deltas_test, keep_a_baseline_in_the_bytes_of_what_is_not_0) {
  bench it{GetParam()};
  std::vector<row> rows;
  for (std::uint64_t i = 0; i < 5'000; ++i) {
    rows.push_back(entry(i, 0));
    rows.back().absolute[3] = 63;
  }
  it.read(rows);
  it.read(rows);
  // Digest 8, key 8, length 1, database 1, a bitmap of 1, one value of 1.
  EXPECT_LE(it.deltas.bytes(), 5'000U * 20 * 5 / 4);
}

TEST_P(entry_deltas_test, only_what_moved_is_sent_where_digests_are_told) {
  bench it{GetParam()};
  std::vector<row> rows;
  for (std::uint64_t i = 0; i < 100; ++i) {
    rows.push_back(entry(i, 10));
  }
  it.read(rows);
  EXPECT_EQ(it.sent, 100U);
  rows[7].absolute[0] += 1;
  rows[50].absolute[2] += 5;
  rows.erase(rows.begin() + 30, rows.begin() + 32);
  rows.insert(rows.begin() + 60, entry(200, 1));
  const auto blocks = it.read(rows);
  EXPECT_EQ(it.sent, GetParam() ? 3U : 99U);
  EXPECT_EQ(blocks.at(0).moved.size(), 3U);
  EXPECT_EQ(blocks.at(0).entries, 99U);
  // What was thrown out is not known any more, though it looks as it did.
  rows.insert(rows.begin() + 30, entry(30, 10));
  EXPECT_EQ(it.read(rows)[0].moved.at(0).deltas, values(columns, 10));
}

TEST_P(entry_deltas_test, what_stood_still_through_a_restart_counts_on) {
  bench it{GetParam()};
  it.read({entry(1, 10), entry(2, 5)});
  it.context.during = {1, 2};
  const auto blocks = it.read({entry(1, 10), entry(2, 7)});
  EXPECT_TRUE(blocks[0].gap);
  EXPECT_TRUE(blocks[0].moved.empty());
  EXPECT_EQ(blocks[0].entries, 2U);
  EXPECT_EQ(it.read({entry(1, 11), entry(2, 7)})[0].moved.at(0).deltas,
            values(columns, 1));
}

TEST_P(entry_deltas_test, what_is_as_it_was_after_a_reset_counts_or_is_a_gap) {
  bench it{GetParam()};
  it.context.stats_reset = 5;
  it.read({entry(1, 10), entry(2, 5)});
  it.context.stats_reset = 6;
  const auto blocks = it.read({entry(1, 10), entry(2, 6)});
  const std::size_t counted = GetParam() ? 1 : 2;
  ASSERT_EQ(blocks[0].moved.size(), counted);
  EXPECT_EQ(blocks[0].gap, GetParam());
  EXPECT_EQ(blocks[0].moved.back().deltas, values(columns, 6));
  EXPECT_EQ(it.read({entry(1, 12), entry(2, 6)})[0].moved.at(0).deltas,
            values(columns, 2));
}

TEST(entry_deltas, what_is_forgotten_while_it_is_asked_is_no_growth) {
  bench it{true};
  it.read({entry(1, 10)});
  const auto known = it.deltas.known(it.layout);
  it.deltas.forget();
  sent_rows late{{entry(1, 10), entry(2, 1)}, false, known};
  static_cast<void>(it.deltas.absorb(late, it.layout, it.context));
  const auto blocks = it.read({entry(1, 10), entry(2, 1)});
  EXPECT_TRUE(blocks[0].moved.empty());
  EXPECT_TRUE(blocks[0].gap);
}

TEST_P(entry_deltas_test, an_answer_that_never_came_changes_nothing) {
  bench it{GetParam()};
  it.read({entry(1, 10), entry(2, 5)});
  static_cast<void>(it.deltas.known(it.layout));
  const auto blocks = it.read({entry(1, 12), entry(2, 5)});
  ASSERT_EQ(blocks[0].moved.size(), 1U);
  EXPECT_EQ(blocks[0].moved[0].deltas, values(columns, 2));
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

/// Two entries have one digest, and one of them moves: it is sent, but its
/// digest does not go.
class by_chance final : public entry_source {
public:
  const entry_shape& shape() const noexcept override { return shape_; }
  std::size_t count() const noexcept override { return rows.size(); }
  bool by_digest() const noexcept override { return true; }
  std::optional<std::int64_t> gone(std::size_t at) const override {
    return rows[at].query == 0 ? std::optional{rows[at].absolute[0]}
                               : std::nullopt;
  }
  void decode(std::size_t at, entry_reading& into) override {
    into = {rows[at].key(), rows[at].absolute, 0, 1, false, digest};
  }
  std::vector<row> rows;
  std::int64_t digest = 7;

private:
  entry_shape shape_{2, columns, false, 0};
};

TEST(entry_deltas, one_of_two_with_the_same_digest_grows_by_what_it_did) {
  bench it;
  by_chance read;
  read.rows = {entry(1, 10), entry(2, 10)};
  static_cast<void>(it.deltas.absorb(read, it.layout, it.context));
  read.rows = {entry(3, 10)};
  read.digest = 9;
  EXPECT_EQ(it.deltas.known(it.layout), (std::vector<std::int64_t>{7, 7}));
  static_cast<void>(it.deltas.absorb(read, it.layout, it.context));
  EXPECT_EQ(it.deltas.known(it.layout), (std::vector<std::int64_t>{7, 7, 9}));
  // The third is thrown out meanwhile.
  read.rows = {entry(1, 13), entry(0, 9)};
  read.digest = 8;
  const auto blocks = it.deltas.absorb(read, it.layout, it.context);
  ASSERT_EQ(blocks[0].moved.size(), 1U);
  EXPECT_EQ(blocks[0].moved[0].deltas, values(columns, 3));
  EXPECT_EQ(blocks[0].entries, 2U);
  EXPECT_EQ(it.deltas.known(it.layout), (std::vector<std::int64_t>{8, 7}));
}

TEST_P(entry_deltas_test, databases_that_come_and_go_leave_nothing) {
  bench it{GetParam()};
  std::map<std::int64_t, std::string> names{{1, "stays"}};
  it.context.databases = &names;
  for (std::int64_t made = 2; made < 300; ++made) {
    names = {{1, "stays"}, {made, "goes"}};
    const auto blocks =
      it.read({entry(1, 5, made), entry(1, 1), entry(2, made)});
    EXPECT_EQ(blocks.size(), 2U);
    EXPECT_EQ(blocks.front().entries, 2U);
    EXPECT_LT(it.deltas.bytes(), 600U);
  }
  names = {{1, "stays"}};
  const auto blocks = it.read({entry(1, 2), entry(2, 300)});
  ASSERT_EQ(blocks.at(0).moved.size(), 2U);
  EXPECT_EQ(blocks[0].moved[0].deltas, values(columns, 1));
  EXPECT_EQ(blocks[0].moved[1].deltas, values(columns, 1));
}

INSTANTIATE_TEST_SUITE_P(told,
                         entry_deltas_test,
                         ::testing::Bool(),
                         [](const auto& told) {
                           return told.param ? "digests" : "nothing";
                         });

} // namespace
} // namespace pgmuster
