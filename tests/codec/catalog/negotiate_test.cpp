// A probe is fitted to what a server has, and says what it lost.
#include "codec/catalog/negotiate.hpp"

#include <gtest/gtest.h>

namespace pgmuster {
namespace {

constexpr const char* text = R"(-- probe: p
-- summary: s
-- versions: 14-16
-- needs: pg_x
-- alias: s = pg_x
-- alias: t = pg_t
SELECT
  s.name -- attribute a.key
, s.old_reads -- counter x.io {read} op=read : reads
, s.new_reads -- counter x.io {read} op=read
, s.writes -- counter x.io {read} op=write
, t.extra -- gauge x.extra By : extra
, s.gone -- gauge x.gone By needs=!pg_x.new_reads : gone
, f() -- gauge x.f By needs=f() : f
FROM {ext:my}.pg_x AS s
JOIN pg_catalog.pg_t AS t ON true -- needs=pg_t
WHERE s.old_reads > 0
)";

std::shared_ptr<const probe_definition> probe(std::string_view from = text) {
  auto parsed = parse_probe(from, "p.sql");
  EXPECT_TRUE(parsed) << parsed.error().context;
  return std::make_shared<const probe_definition>(std::move(*parsed));
}

server_shape old_server() {
  server_shape shape;
  shape.version_num = 140'005;
  shape.columns["pg_x"] = {"name", "old_reads", "writes", "gone"};
  shape.columns["pg_t"] = {"extra"};
  shape.columns["f()"] = {};
  shape.extensions["my"] = {"1.0", "odd \"schema"};
  return shape;
}

TEST(negotiate, a_server_with_everything_gets_the_whole_statement) {
  const auto made = negotiate({probe()}, old_server());
  ASSERT_EQ(made.probes.size(), 1U);
  EXPECT_EQ(made.probes[0].sql, "/* pgmuster:p */ SELECT\n"
                                "  s.name AS \"a.key\"\n"
                                ", s.old_reads\n"
                                ", s.writes\n"
                                ", t.extra\n"
                                ", s.gone\n"
                                ", f()\n"
                                "FROM \"odd \"\"schema\".pg_x AS s\n"
                                "JOIN pg_catalog.pg_t AS t ON true\n"
                                "WHERE s.old_reads > 0");
  EXPECT_TRUE(made.probes[0].left_out.empty());
}

TEST(negotiate, lines_that_lack_something_go_and_alternatives_step_in) {
  auto shape = old_server();
  shape.columns["pg_x"] = {"new_reads", "writes"};
  shape.columns.erase("pg_t");
  shape.columns.erase("f()");
  const auto made = negotiate({probe()}, shape);
  ASSERT_EQ(made.probes.size(), 1U);
  EXPECT_EQ(made.probes[0].sql, "/* pgmuster:p */ SELECT\n"
                                "  s.new_reads\n"
                                ", s.writes\n"
                                "FROM \"odd \"\"schema\".pg_x AS s");
  // `gone` is for servers without new_reads, `old_reads` has its alternative.
  EXPECT_EQ(made.probes[0].left_out,
            (std::vector<std::string>{"s.name", "t.extra", "f()"}));
  EXPECT_EQ(made.probes[0].items, (std::vector<std::size_t>{2, 3}));
}

TEST(negotiate, of_two_alternatives_the_first_is_taken) {
  auto shape = old_server();
  shape.columns["pg_x"].insert("new_reads");
  const auto made = negotiate({probe()}, shape);
  ASSERT_EQ(made.probes.size(), 1U);
  EXPECT_NE(made.probes[0].sql.find("old_reads"), std::string::npos);
  EXPECT_EQ(made.probes[0].sql.find("new_reads"), std::string::npos);
  EXPECT_TRUE(made.probes[0].left_out.empty());
}

TEST(negotiate, the_layout_lists_only_metrics_that_have_a_column) {
  auto shape = old_server();
  shape.columns["pg_x"] = {"name", "new_reads"};
  const auto made = negotiate({probe()}, shape);
  ASSERT_EQ(made.probes.size(), 1U);
  const auto& layout = *made.probes[0].layout;
  EXPECT_EQ(layout.probe, "p");
  EXPECT_EQ(layout.keys, (std::vector<std::string>{"a.key"}));
  ASSERT_EQ(layout.metrics.size(), 3U);
  EXPECT_EQ(layout.metrics[1].name, "x.extra");
  ASSERT_EQ(layout.columns.size(), 3U);
  EXPECT_EQ(layout.columns[0].fixed, (attributes{{"op", "read"}}));
  EXPECT_EQ(layout.columns[2].metric, 2U);
}

TEST(negotiate, a_probe_that_cannot_run_says_why) {
  const auto reason = [](auto change, std::string_view from = text) {
    auto shape = old_server();
    change(shape);
    auto made = negotiate({probe(from)}, shape);
    EXPECT_TRUE(made.probes.empty());
    return made.absent["p"];
  };
  EXPECT_EQ(reason([](auto& s) { s.version_num = 130'023; }),
            "needs PostgreSQL 14 or newer; this server is 13.23");
  EXPECT_EQ(reason([](auto& s) { s.version_num = 170'001; }),
            "is for PostgreSQL up to 16; this server is 17.1");
  EXPECT_EQ(reason([](auto& s) { s.columns.erase("pg_x"); }),
            "needs the relation pg_x, which version 1.0 of the extension my "
            "does not have: ALTER EXTENSION my UPDATE");
  EXPECT_EQ(reason([](auto& s) { s.extensions.clear(); }),
            "needs the extension my, which is not installed in this database: "
            "CREATE EXTENSION my");
  EXPECT_EQ(reason([](auto& s) {
              s.extensions.clear();
              s.columns.erase("pg_x");
            }),
            "needs the extension my, which is not installed in this database: "
            "CREATE EXTENSION my");
  EXPECT_EQ(reason([](auto& s) { s.extensions["my"].loaded = false; }),
            "needs the library of the extension my, which the server has not "
            "loaded: add my to shared_preload_libraries and restart it");
  EXPECT_EQ(reason([](auto& s) { s.extensions["my"].usable = false; }),
            "needs the right to use the schema of the extension my: "
            "GRANT USAGE ON SCHEMA \"odd \"\"schema\" TO our role");
  EXPECT_EQ(reason([](auto& s) {
              s.columns = {{"pg_x", {"name"}}};
            }),
            "this server has none of the columns it reads");
}

TEST(negotiate, a_limited_probe_counts_all_rows_and_reads_the_first) {
  const auto made = negotiate({probe(R"(-- probe: l
-- summary: s
-- limit: 2 by t.size DESC, t.oid
SELECT
  t.size -- gauge l.size By : size
FROM t
WHERE t.size > 0
)")},
                              old_server());
  ASSERT_EQ(made.probes.size(), 1U);
  EXPECT_EQ(made.probes[0].sql,
            "/* pgmuster:l */ SELECT\n  t.size\n"
            ", pg_catalog.count(*) OVER () AS \"rows_found\"\n"
            "FROM t\nWHERE t.size > 0\nORDER BY t.size DESC, t.oid\nLIMIT 2");
  EXPECT_EQ(made.probes[0].layout->columns.size(), 1U);
}

TEST(negotiate, a_relation_of_the_server_s_own_is_missed_by_its_name) {
  const auto made = negotiate({probe(R"(-- probe: w
-- summary: s
-- needs: pg_w
SELECT
  1 -- gauge w.one {one} : one
FROM pg_catalog.pg_w
)")},
                              old_server());
  EXPECT_EQ(made.absent.at("w"),
            "needs the relation pg_w, which this server does not have");
}

TEST(negotiate, what_the_configuration_says_stands_in_the_text) {
  const auto made = negotiate({probe(R"(-- probe: b
-- summary: s
-- family: internal
SELECT
  t.text -- field text
FROM t
WHERE t.size < {text_bytes} AND {text_bytes} > 0
)")},
                              old_server(), {byte_count{77}});
  ASSERT_EQ(made.probes.size(), 1U);
  EXPECT_EQ(made.probes[0].sql,
            "/* pgmuster:b */ SELECT\n  t.text AS \"text\"\n"
            "FROM t\nWHERE t.size < 77 AND 77 > 0");
}

TEST(negotiate, an_attribute_of_words_is_known_by_its_place) {
  const auto made = negotiate({probe(R"(-- probe: w
-- summary: s
SELECT
  t.a -- attribute x.a
, t.b -- attribute x.b as=words
, t.c -- gauge w.c {one} : c
FROM t
)")},
                              old_server());
  ASSERT_EQ(made.probes.size(), 1U);
  EXPECT_EQ(made.probes[0].layout->words, std::vector<std::uint32_t>{1});
}

TEST(negotiate, a_raw_probe_with_a_rank_is_bounded_by_the_columns_there_are) {
  constexpr const char* kept = R"(-- probe: w
-- summary: s
-- scope: database
-- kept: tables
-- rank: w.reads
-- alias: x = pg_x
SELECT
  current_database() -- attribute db.namespace
, t.name -- attribute x.name
, x.old_reads -- counter w.reads {read} op=old : reads
, x.none -- counter w.reads {read} op=none
, t.age -- gauge w.age s : age
, x.writes -- counter w.reads {read} op=write
, t.held -- gauge w.held {job} other=sum : held
FROM t
)";
  const auto made = negotiate({probe(kept)}, old_server());
  ASSERT_EQ(made.probes.size(), 1U);
  const auto& layout = *made.probes[0].layout;
  ASSERT_TRUE(layout.bounded);
  EXPECT_EQ(layout.bounded->kept_class, "tables");
  EXPECT_EQ(layout.bounded->ranked_by, (std::vector<std::uint32_t>{0, 2}));
  ASSERT_EQ(layout.columns.size(), 4U);
  EXPECT_TRUE(layout.columns[1].highest);
  EXPECT_FALSE(layout.columns[3].highest);
  const auto plain = negotiate({probe()}, old_server());
  EXPECT_FALSE(plain.probes[0].layout->bounded);
}

TEST(negotiate, an_accumulated_probe_has_the_keys_of_entry_series) {
  const auto made = negotiate({probe(R"(-- probe: e
-- summary: s
-- family: accumulated
-- rank: time
-- count: calls
-- alias: s = pg_x
SELECT
  s.id -- key queryid
, s.missing -- counter x.missing By : m
, s.calls -- counter x.calls {call} : c
, s.time -- counter x.time us as=us : t
FROM pg_catalog.pg_x AS s
)")},
                              [] {
                                server_shape shape;
                                shape.version_num = 150'000;
                                shape.columns["pg_x"] = {"id", "calls", "time"};
                                return shape;
                              }());
  ASSERT_EQ(made.probes.size(), 1U);
  EXPECT_EQ(made.probes[0].layout->keys.size(), 6U);
  EXPECT_EQ(made.probes[0].layout->keys[3], "postgresql.query.fingerprint");
  EXPECT_EQ(made.probes[0].ranked_by_column, 1U);
  EXPECT_EQ(made.probes[0].counted_by_column, 0U);
  EXPECT_EQ(made.probes[0].sql, R"(/* pgmuster:e */ SELECT ROW(
  s.id
, nullif(s.calls, 0)
, nullif(s.time, 0)
) AS entry
FROM pg_catalog.pg_x AS s)");
}

TEST(negotiate, items_of_a_part_that_are_there_come_as_one_value) {
  const auto made =
    negotiate({probe(R"(-- probe: e
-- summary: s
-- family: accumulated
-- rank: calls
-- alias: s = pg_x
SELECT
  s.id -- key queryid
, s.calls -- counter x.calls {call} part=one : c
, s.a -- counter x.a By part=two : a
, s.missing -- counter x.m By part=two : m
, s.b -- counter x.b us as=us part=two : b
, s.gone -- counter x.g By part=three : g
, s.c -- counter x.c By part=three : c
FROM pg_catalog.pg_x AS s
)")},
              [] {
                server_shape shape;
                shape.version_num = 150'000;
                shape.columns["pg_x"] = {"id", "calls", "a", "b", "c"};
                return shape;
              }());
  ASSERT_EQ(made.probes.size(), 1U);
  EXPECT_EQ(made.probes[0].widths, (std::vector<std::size_t>{1, 1, 2, 1}));
  EXPECT_EQ(made.probes[0].items, (std::vector<std::size_t>{0, 1, 2, 4, 6}));
  EXPECT_EQ(made.probes[0].sql, R"(/* pgmuster:e */ SELECT ROW(
  s.id
, nullif(s.calls, 0)
, CASE WHEN s.a <> 0 OR s.b <> 0 THEN ROW(nullif(s.a, 0), nullif(s.b, 0)) END
, nullif(s.c, 0)
) AS entry
FROM pg_catalog.pg_x AS s)");
}

constexpr const char* with_digest = R"(-- probe: e
-- summary: s
-- family: accumulated
-- rank: calls
-- alias: s = pg_x
SELECT
  s.id -- key queryid
, s.calls -- counter x.calls {call} : c
, hashint8extended(s.id, s.plans) -- digest
FROM pg_catalog.pg_x AS s
)";

TEST(negotiate, a_probe_with_a_digest_asks_for_what_is_not_known) {
  server_shape shape;
  shape.version_num = 150'000;
  shape.columns["pg_x"] = {"id", "calls", "plans"};
  const auto made = negotiate({probe(with_digest)}, shape).probes.at(0);
  EXPECT_TRUE(made.by_digest);
  EXPECT_EQ(made.items.size(), 2U);
  const auto asking = [](const std::string& known) {
    return R"(/* pgmuster:e */ SELECT CASE WHEN known.digest IS NULL THEN ROW(
  s.id
, nullif(s.calls, 0)
) END AS entry
, hashint8extended(s.id, s.plans) AS digest
, known.digest AS gone
FROM pg_catalog.pg_x AS s
FULL JOIN pg_catalog.unnest()"
           + known + R"(::pg_catalog.int8[]) AS known(digest)
  ON known.digest = hashint8extended(s.id, s.plans)
WHERE known.digest IS NULL OR hashint8extended(s.id, s.plans) IS NULL)";
  };
  EXPECT_EQ(made.sql, asking("$1"));
  EXPECT_EQ(sql_for_all(made), asking("'{}'"));
}

TEST(negotiate, of_several_digests_the_first_that_can_be_made_is_taken) {
  const std::string of{with_digest};
  const auto both =
    probe(std::string{of}
            .insert(of.find("FROM"), ", g(s.id) -- digest needs=!pg_new\n")
            .c_str());
  server_shape shape;
  shape.version_num = 150'000;
  shape.columns["pg_x"] = {"id", "calls", "plans"};
  const auto asks = [&](const char* what) {
    const auto sql = negotiate({both}, shape).probes.at(0).sql;
    return sql.find(what) != std::string::npos;
  };
  EXPECT_TRUE(asks("s.plans) AS digest"));
  shape.columns["pg_x"].erase("plans");
  EXPECT_TRUE(asks("g(s.id) AS digest"));
  shape.columns["pg_new"] = {};
  EXPECT_FALSE(asks("digest"));
}

TEST(negotiate, a_server_without_what_a_digest_needs_is_asked_for_all) {
  server_shape shape;
  shape.version_num = 150'000;
  shape.columns["pg_x"] = {"id", "calls"};
  const auto made = negotiate({probe(with_digest)}, shape).probes.at(0);
  EXPECT_FALSE(made.by_digest);
  EXPECT_TRUE(made.left_out.empty());
  EXPECT_EQ(made.sql.find("known"), std::string::npos);
  EXPECT_EQ(sql_for_all(made), made.sql);
}

TEST(negotiate, what_must_be_looked_up_is_everything_that_needs_mention) {
  EXPECT_EQ(relations_needed({probe()}),
            (std::set<std::string>{"f()", "pg_t", "pg_x"}));
}

} // namespace
} // namespace pgmuster
