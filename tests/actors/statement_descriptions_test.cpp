// What may be told of a statement is told, once a refresh, and nothing else.
#include "actors/statement_descriptions.hpp"
#include "config/utf8.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace pgmuster {
namespace {

query_description described(const statement_config& told,
                            std::string_view text) {
  return make_describer(told, std::make_shared<const scrubber>())(text);
}

TEST(describer, tells_a_text_without_literals_and_without_what_the_net_finds) {
  statement_config told;
  told.comment_tags = {"application", "user"};
  const auto made = described(
    told, "SELECT 'x' AS \"me@example.org\" FROM orders "
          "/*application='shop',user='me%40example.org',route='%2Fx'*/");
  EXPECT_EQ(made.text, "SELECT ? AS \"[email]\" FROM orders");
  EXPECT_EQ(made.summary, "SELECT orders");
  EXPECT_EQ(made.operation, "SELECT");
  EXPECT_FALSE(made.lexical);
  const attributes tags{{"application", "shop"}, {"user", "[email]"}};
  EXPECT_EQ(made.tags, tags);
}

TEST(describer, tells_no_text_where_none_is_wanted) {
  statement_config told;
  told.text = statement_text::none;
  const auto made = described(told, "SELECT a FROM orders");
  EXPECT_EQ(made.text, "");
  EXPECT_EQ(made.summary, "SELECT orders");
}

TEST(describer, cuts_a_long_text_at_every_bound_with_a_mark) {
  const std::string text = "SELECT \"äöü€😀\", \"äöü€😀\" FROM orders";
  for (std::uint64_t bound = 4; bound < text.size() + 4; ++bound) {
    statement_config told;
    told.text_length = byte_count{bound};
    const auto made = described(told, text).text;
    ASSERT_LE(made.size(), bound);
    ASSERT_TRUE(is_utf8(made)) << made;
    ASSERT_EQ(made.ends_with(cut_mark), bound < text.size()) << bound;
  }
  EXPECT_EQ(cut_text("a\nb\xff", 100), "a b\xef\xbf\xbd");
}

point_row series_row(const std::string& shape, bool whole, wall_time at) {
  point_row row;
  row.values_of_keys = {"shop", "me", "true", shape, "", ""};
  row.values = {number::of(std::int64_t{1}),
                whole ? number::of(std::int64_t{0}) : number{}};
  row.time = at;
  return row;
}

TEST(statement_info, goes_with_series_that_begin_or_are_refreshed) {
  statement_config told;
  told.comment_tags = {"application"};
  fingerprint_cache shapes{
    make_describer(told, std::make_shared<const scrubber>()),
    byte_count{1 << 20}};
  const auto of = shapes.describe("SELECT 1 FROM t /*application='a'*/");
  const auto shape = fmt::format("{:016x}", of->fingerprint);
  const wall_time now{seconds{100}};
  point_block series;
  auto layout = std::make_shared<block_layout>();
  layout->keys.assign(std::begin(entry_series_keys),
                      std::end(entry_series_keys));
  series.layout = std::move(layout);
  series.rows = {series_row(shape, true, now),
                 series_row(shape, true, now),
                 series_row(shape, false, now),
                 series_row("other", true, now),
                 series_row("unattributed", true, now),
                 series_row("0123456789abcdef", true, now)};
  const statement_info info{told};
  const auto made = info.of(series, shapes);
  ASSERT_EQ(made.rows.size(), 1U);
  const std::vector<std::string> names{
    "shop", shape, "SELECT t", "SELECT ? FROM t", "SELECT", "pg_query/15", "a"};
  EXPECT_EQ(made.rows[0].values_of_keys, names);
  EXPECT_EQ(made.layout->keys.size(), names.size());
  EXPECT_EQ(made.layout->keys.back(), "pgmuster.comment.application");
  EXPECT_EQ(made.rows[0].time, now);
  EXPECT_EQ(count_points(made), 1U);
  series.rows = {series_row(shape, false, now)};
  EXPECT_TRUE(info.of(series, shapes).rows.empty());
  told.text = statement_text::none;
  series.rows = {series_row(shape, true, now)};
  EXPECT_TRUE(statement_info{told}.of(series, shapes).rows.empty());
}

TEST(clean_words, takes_secrets_out_of_points_and_events) {
  const scrubber net;
  auto layout = std::make_shared<block_layout>();
  layout->keys = {"postgresql.application_name", "other"};
  layout->words = {0};
  point_block block{layout, {point_row{}}};
  block.rows[0].values_of_keys = {"job password=hunter2", "password=hunter2"};
  EXPECT_EQ(clean_words(block, net), 1U);
  EXPECT_EQ(block.rows[0].values_of_keys[0], "job password=[secret]");
  EXPECT_EQ(block.rows[0].values_of_keys[1], "password=hunter2");

  target_event event;
  event.body = "it said token=abc";
  event.described = {{"postgresql.application_name", "a@example.org"},
                     {"postgresql.queryid", "4111111111111111"},
                     {"db.query.text", "SELECT a FROM t WHERE token = b"}};
  std::vector<target_event> events{event};
  EXPECT_EQ(clean_words(events, net), 2U);
  EXPECT_EQ(events[0].body, "it said token=[secret]");
  EXPECT_EQ(events[0].described[0].value, "[email]");
  EXPECT_EQ(events[0].described[1].value, "4111111111111111");
  EXPECT_EQ(events[0].described[2].value, "SELECT a FROM t WHERE token = b");
}

} // namespace
} // namespace pgmuster
