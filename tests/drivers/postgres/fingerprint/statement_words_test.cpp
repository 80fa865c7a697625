// What a statement is told as: its text, its operation and tables, its tags.
#include "drivers/postgres/fingerprint/comment_tags.hpp"
#include "drivers/postgres/fingerprint/query_summary.hpp"
#include "drivers/postgres/fingerprint/statement_shape.hpp"

#include <gtest/gtest.h>

namespace pgmuster::postgres {
namespace {

struct told_case {
  const char* query;
  const char* told;
};

TEST(shape_text, is_the_statement_without_literals_and_comments) {
  const told_case cases[] = {
    {"SELECT  a ,b\nFROM t -- why\nWHERE x='y'  AND z IN (1, 2)",
     "SELECT a, b FROM t WHERE x=? AND z IN (?)"},
    {"select f( $1 ), 'a'::text, -5 from \"T\".u",
     "select f(?), ?::text, ? from \"T\".u"},
    {"SET my.token TO abc", "SET my.token TO ?"},
    {"SET LOCAL search_path = a, \"b\", c", "SET LOCAL search_path = ?"},
    {"SET x TO -5; SET y TO on;", "SET x TO ?; SET y TO ?;"},
    {"SET TRANSACTION ISOLATION LEVEL SERIALIZABLE",
     "SET TRANSACTION ISOLATION LEVEL SERIALIZABLE"},
    {"UPDATE t SET a = b, c = d + 1", "UPDATE t SET a = b, c = d + ?"},
    {"ALTER ROLE r SET a.b TO secret", "ALTER ROLE r SET a.b TO ?"},
    {"ALTER TABLE t ALTER a SET DEFAULT 7, ALTER b TYPE int USING c",
     "ALTER TABLE t ALTER a SET DEFAULT ?, ALTER b TYPE int USING c"},
    {"SELECT 'a'\n'b', U&'x' UESCAPE '!'", "SELECT ?, ? UESCAPE ?"},
    {"SELECT 1 FROM t WHERE a = \"never ends", "SELECT ? FROM t WHERE a = ?"},
    {"SELECT x IN (SELECT 1, 2), (3)", "SELECT x IN (SELECT ?, ?), (?)"},
    {"VALUES (f(1, 2), 3)", "VALUES (f(?, ?), ?)"},
    {"DO LANGUAGE plpgsql $a$ x $b$ $a$", "DO LANGUAGE plpgsql ?"},
    {"", ""}};
  for (const auto& one : cases) {
    EXPECT_EQ(shape_text(shape_of(one.query)), one.told) << one.query;
  }
}

TEST(shape_of, says_when_the_text_was_cut) {
  for (const auto* text : {"SELECT 'a", "SELECT $$a", "SELECT a /* b",
                           "SELECT E'a\\", "SELECT \"a", R"(SELECT 'a\'b')"}) {
    EXPECT_TRUE(shape_of(text).cut) << text;
  }
  for (const auto* text : {"SELECT 'a'", "SELECT a -- b", "SELECT $a$"}) {
    EXPECT_EQ(shape_of(text).cut, std::string_view{text}.ends_with("$a$"))
      << text;
  }
}

TEST(words_of, tells_each_operation_with_its_tables) {
  const told_case cases[] = {
    {"SELECT * FROM orders", "SELECT orders"},
    {"select * from Orders o, public.customers AS c where o.a = c.b",
     "SELECT orders public.customers"},
    {"SELECT a FROM t JOIN u ON t.x = u.x LEFT JOIN \"V\" USING (y)",
     "SELECT t u \"V\""},
    {"INSERT INTO archive (a, b) SELECT a, b FROM orders",
     "INSERT archive SELECT orders"},
    {"UPDATE ONLY t SET a = 1 FROM u WHERE t.x = u.x", "UPDATE t u"},
    {"DELETE FROM t WHERE a IS DISTINCT FROM b", "DELETE t"},
    {"WITH r AS (SELECT a FROM t) SELECT * FROM r JOIN u USING (a)",
     "SELECT t SELECT u"},
    {"WITH r AS (SELECT a FROM t) INSERT INTO u SELECT a FROM r",
     "SELECT t INSERT u"},
    {"SELECT extract(year FROM made) FROM t FOR UPDATE", "SELECT t"},
    {"SELECT * FROM generate_series(1, 10)", "SELECT"},
    {"INSERT INTO t VALUES (1) ON CONFLICT (a) DO UPDATE SET b = 2",
     "INSERT t"},
    {"MERGE INTO t USING s ON t.a = s.a WHEN MATCHED THEN UPDATE SET b = 1",
     "MERGE t"},
    {"CREATE UNLOGGED TABLE IF NOT EXISTS t (a int)", "CREATE TABLE t"},
    {"CREATE MATERIALIZED VIEW v AS SELECT a FROM t", "CREATE VIEW v SELECT t"},
    {"CREATE UNIQUE INDEX CONCURRENTLY i ON t (a)", "CREATE INDEX i"},
    {"ALTER ROLE bob PASSWORD 'x'", "ALTER ROLE"},
    {"DROP TABLE IF EXISTS a.b", "DROP TABLE a.b"},
    {"COPY t FROM STDIN", "COPY t"},
    {"COPY (SELECT a FROM t) TO STDOUT", "COPY SELECT t"},
    {"VACUUM (ANALYZE) t", "VACUUM"},
    {"TRUNCATE TABLE t", "TRUNCATE t"},
    {"EXPLAIN ANALYZE SELECT a FROM t", "EXPLAIN SELECT t"},
    {"FETCH 10 FROM c", "FETCH"},
    {"SELECT a FROM orders_2026_11, t7", "SELECT orders_?_? t7"},
    {"BEGIN", "BEGIN"},
    {"SET search_path = a", "SET"},
    {"GRANT SELECT ON t TO bob", "GRANT"},
    {"SELECT a FROM t WHERE", "SELECT t"},
    {"", ""}};
  for (const auto& one : cases) {
    EXPECT_EQ(words_of(shape_of(one.query)).summary, one.told) << one.query;
  }
  const auto operation = [](const char* query) {
    return words_of(shape_of(query)).operation;
  };
  EXPECT_EQ(operation("WITH r AS (SELECT 1) INSERT INTO u SELECT 1"), "INSERT");
  EXPECT_EQ(operation("create index i on t (a)"), "CREATE INDEX");
}

TEST(words_of, is_bounded_and_never_cut_inside_a_name) {
  std::string query = "SELECT a FROM t0";
  for (int i = 1; i < 100; ++i) {
    query += ", some_table_" + std::to_string(i);
  }
  const auto summary = words_of(shape_of(query)).summary;
  EXPECT_LE(summary.size(), summary_bytes_max);
  EXPECT_GT(summary.size(), summary_bytes_max - 20);
  EXPECT_TRUE(summary.ends_with("some_table_?")) << summary;
}

TEST(comment_tags, are_told_only_when_they_are_allowed) {
  const std::string query =
    "SELECT 1 /*application='shop',controller='or%20ders',"
    "secret='hunter2',quote='it\\'s'*/ FROM t";
  const std::vector<std::string> allowed{"controller", "application", "route",
                                         "quote"};
  const attributes expected{
    {"controller", "or ders"}, {"application", "shop"}, {"quote", "it's"}};
  EXPECT_EQ(comment_tags(query, allowed), expected);
  EXPECT_TRUE(comment_tags(query, {}).empty());
}

TEST(comment_tags, a_literal_is_no_comment) {
  const std::vector<std::string> allowed{"application"};
  EXPECT_TRUE(comment_tags("SELECT '/*application=''a''*/'", allowed).empty());
  EXPECT_TRUE(comment_tags("SELECT $$/*application='a'*/$$", allowed).empty());
  EXPECT_TRUE(comment_tags("SELECT 1 /*application='a", allowed).empty());
  const auto two = comment_tags(
    "/*application='a'*/ SELECT 1 /* x *//*application='b'*/", allowed);
  ASSERT_EQ(two.size(), 1U);
  EXPECT_EQ(two[0].value, "b");
  const auto long_one = comment_tags(
    "SELECT 1 /*application='" + std::string(1'000, 'a') + "'*/", allowed);
  EXPECT_EQ(long_one.at(0).value.size(), tag_bytes_max);
}

} // namespace
} // namespace pgmuster::postgres
