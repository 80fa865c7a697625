#include "loadtest/simulator/question.hpp"

#include <gtest/gtest.h>

namespace pgmuster::loadtest {
namespace {

TEST(question, items_are_parted_at_commas_of_the_outer_level_only) {
  const auto parts = take_apart(
    "/* pgmuster:io */ SELECT\n  a.x AS \"db.namespace\"\n, max(a.y, 1)\n, "
    "'x, y' || a.z AS words\nFROM pg_catalog.t AS a WHERE a.x IN (1, 2)");
  ASSERT_TRUE(parts);
  EXPECT_EQ(parts->probe, "io");
  EXPECT_FALSE(parts->packed);
  ASSERT_EQ(parts->items.size(), 3U);
  EXPECT_EQ(parts->items[0].expression, "a.x");
  EXPECT_EQ(parts->items[0].name, "db.namespace");
  EXPECT_EQ(parts->items[1].expression, "max(a.y, 1)");
  EXPECT_EQ(parts->items[2].expression, "'x, y' || a.z");
  EXPECT_EQ(parts->items[2].name, "words");
}

TEST(question, a_from_within_parentheses_does_not_end_the_list) {
  const auto parts = take_apart("/* pgmuster:x */ SELECT EXTRACT(EPOCH FROM "
                                "now())::int8, (SELECT 1 FROM t)\nWHERE true");
  ASSERT_TRUE(parts);
  ASSERT_EQ(parts->items.size(), 2U);
  EXPECT_EQ(parts->items[0].expression, "EXTRACT(EPOCH FROM now())::int8");
  EXPECT_EQ(parts->items[1].expression, "(SELECT 1 FROM t)");
}

TEST(question, a_row_value_is_parted_into_its_items_and_zeros_told) {
  const auto parts =
    take_apart("/* pgmuster:statements */ SELECT ROW(\n  s.dbid\n, "
               "nullif(s.wal_bytes::int8, 0)\n) AS entry\nFROM f(false) AS s");
  ASSERT_TRUE(parts);
  EXPECT_TRUE(parts->packed);
  EXPECT_EQ(parts->packed_name, "entry");
  ASSERT_EQ(parts->items.size(), 2U);
  EXPECT_EQ(parts->items[0].expression, "s.dbid");
  EXPECT_FALSE(parts->items[0].zero_is_null);
  EXPECT_EQ(parts->items[1].expression, "s.wal_bytes::int8");
  EXPECT_TRUE(parts->items[1].zero_is_null);
}

TEST(question, a_part_is_its_items_the_first_of_which_begins_it) {
  const auto parts = take_apart(
    "/* pgmuster:statements */ SELECT ROW(s.id, CASE WHEN s.a <> 0 OR f(s.b, "
    "1) <> 0 THEN ROW(nullif(s.a, 0), nullif(f(s.b, 1), 0)) END, s.c) AS entry "
    "FROM f(false) AS s");
  ASSERT_TRUE(parts);
  std::vector<std::string_view> asked;
  std::vector<bool> joins;
  for (const auto& item : parts->items) {
    asked.push_back(item.expression);
    joins.push_back(item.joins);
  }
  EXPECT_EQ(asked,
            (std::vector<std::string_view>{"s.id", "s.a", "f(s.b, 1)", "s.c"}));
  EXPECT_EQ(joins, (std::vector<bool>{false, false, true, false}));
}

TEST(question, statements_of_others_are_left_alone) {
  EXPECT_FALSE(take_apart("SELECT 1"));
  EXPECT_FALSE(take_apart("/* pgmuster:x SELECT 1"));
  EXPECT_FALSE(take_apart("/* pgmuster:x */ UPDATE t SET a = 1"));
  EXPECT_TRUE(marked_probe("/* other */ SELECT 1").empty());
}

} // namespace
} // namespace pgmuster::loadtest
