// What a probe's file says, and everything that is wrong with one at once.
#include "codec/catalog/errc.hpp"
#include "codec/catalog/probe_definition.hpp"

#include <gtest/gtest.h>

namespace pgmuster {
namespace {

constexpr const char* whole = R"(-- probe: database
-- summary: numbers of each database
-- scope: database
-- interval: 5m
-- versions: 13-16
-- needs: pg_stat_database, pg_locks.waitstart
-- alias: s = pg_stat_database
-- Prose: is left alone.

SELECT
  s.datname        -- attribute db.namespace
, s.stats_reset    -- start
-- prose between items
, s.xact_commit    -- counter x.commits {transaction} needs=a.b,!c : it's a
, COALESCE(s.t, '-- (') / 1000 -- counter/double x.time s operation=read : d
, 's.not' || s.w   -- counter/double x.time s operation=write
, {ext:my_ext}.f(x.s.y) -- gauge x.us us as=us kind=a needs=f() : e
FROM pg_catalog.pg_stat_database AS s
JOIN {ext:other}.v ON true -- needs=v only there
WHERE s.datid <> 0
)";

TEST(parse_probe, reads_every_part_of_a_file) {
  const auto parsed = parse_probe(whole, "database.sql");
  ASSERT_TRUE(parsed) << parsed.error().context;
  EXPECT_EQ(parsed->name, "database");
  EXPECT_EQ(parsed->summary, "numbers of each database");
  EXPECT_EQ(parsed->scope, probe_scope::database);
  EXPECT_EQ(parsed->interval, milliseconds{300'000});
  EXPECT_EQ(parsed->interval_class, "");
  EXPECT_EQ(parsed->version_min, 130'000);
  EXPECT_EQ(parsed->version_max, 170'000);
  EXPECT_EQ(parsed->needs,
            (needs_list{"pg_stat_database", "pg_locks.waitstart"}));
  EXPECT_EQ(parsed->extensions, (std::vector<std::string>{"my_ext", "other"}));
  ASSERT_EQ(parsed->items.size(), 6U);
  ASSERT_EQ(parsed->metrics.size(), 3U);
}

TEST(parse_probe, reads_roles_units_attributes_and_needs_of_items) {
  const auto parsed = parse_probe(whole, "database.sql");
  ASSERT_TRUE(parsed) << parsed.error().context;
  const auto& items = parsed->items;
  EXPECT_EQ(items[0].role, item_role::attribute);
  EXPECT_EQ(items[0].name, "db.namespace");
  EXPECT_EQ(items[1].role, item_role::start);
  EXPECT_EQ(items[2].needs,
            (needs_list{"a.b", "!c", "pg_stat_database.xact_commit"}));
  EXPECT_EQ(items[3].expression, "COALESCE(s.t, '-- (') / 1000");
  EXPECT_EQ(items[3].fixed, (attributes{{"operation", "read"}}));
  EXPECT_EQ(items[3].metric, items[4].metric);
  EXPECT_EQ(items[4].needs, (needs_list{"pg_stat_database.w"}));
  EXPECT_TRUE(items[5].milliseconds_to_microseconds);
  EXPECT_EQ(items[5].needs, (needs_list{"f()"}));
  EXPECT_EQ(items[5].line, 17U);
  const auto& time = parsed->metrics[items[4].metric];
  EXPECT_EQ(time.unit, "s");
  EXPECT_EQ(time.kind, instrument::counter);
  EXPECT_TRUE(time.real);
  EXPECT_EQ(parsed->metrics[0].description, "it's a");
}

TEST(parse_probe, keeps_the_tail_with_what_each_line_needs) {
  const auto parsed = parse_probe(whole, "database.sql");
  ASSERT_TRUE(parsed) << parsed.error().context;
  ASSERT_EQ(parsed->tail.size(), 3U);
  EXPECT_EQ(parsed->tail[1].text, "JOIN {ext:other}.v ON true");
  EXPECT_EQ(parsed->tail[1].needs, (needs_list{"v"}));
  EXPECT_EQ(parsed->tail[2].needs, (needs_list{"pg_stat_database.datid"}));
}

TEST(parse_probe, tells_all_errors_at_once_with_their_lines) {
  const auto parsed = parse_probe(R"(-- probe: Bad
-- scope: galaxy
-- interval: 5 moons
-- colour: red
-- versions: 16-13
SELECT
  a -- gauge x.a 1 : a count
, b -- gauge x.b s
, c -- gauge x.a By : other unit
, d -- counter x.d By as=ms : d
  e -- gauge x.e By : no comma
, (f -- gauge x.f By : open
, g
, h -- meter x.h By : what
, i -- field i
, j -- gauge x.J By needs=a.b.c : j
FROM t;
)",
                                  "bad.sql");
  ASSERT_FALSE(parsed);
  EXPECT_EQ(parsed.error().code, catalog::errc::malformed_probe);
  const auto& told = parsed.error().context;
  for (const auto* expected :
       {"bad.sql:1: probe is", "bad.sql:1: the header lacks summary",
        "bad.sql:2: scope", "bad.sql:3: interval", "bad.sql:4: unknown header",
        "bad.sql:5: versions", "bad.sql:7: metric x.a has no unit",
        "bad.sql:8: metric x.b has no description",
        "bad.sql:9: metric x.a was given another unit",
        "bad.sql:10: as= takes only us", "bad.sql:11: items after the first",
        "bad.sql:12: quotes or parentheses", "bad.sql:13: an item ends",
        "bad.sql:14: unknown role meter", "bad.sql:15: field items",
        "bad.sql:16: metric x.J", "bad.sql:16: needs does not take a.b.c",
        "bad.sql:17: one statement"}) {
    EXPECT_NE(told.find(expected), std::string::npos) << expected << "\n"
                                                      << told;
  }
}

TEST(parse_probe, a_limit_says_how_many_rows_and_which) {
  const std::string text = "-- probe: p\n-- summary: s\n"
                           "-- limit: 50 by c.relpages DESC, c.oid\nSELECT\n"
                           "  c.n -- gauge x.n By : n\nFROM c\n";
  const auto parsed = parse_probe(text, "p.sql");
  ASSERT_TRUE(parsed) << parsed.error().context;
  EXPECT_EQ(parsed->limit, 50U);
  EXPECT_EQ(parsed->limit_order, "c.relpages DESC, c.oid");
  EXPECT_EQ(parsed->items.back().role, item_role::rows_found);
  for (const auto* wrong : {"50", "0 by c.oid", "many by c.oid"}) {
    auto other = text;
    other.replace(other.find("50 by"), 28, wrong);
    EXPECT_FALSE(parse_probe(other, "p.sql")) << other;
  }
}

constexpr const char* accumulated = R"(-- probe: statements
-- summary: numbers
-- family: accumulated
-- interval: statements
-- kept: 7
-- rank: total_exec_time
-- alias: s = pg_stat_statements
SELECT
  s.queryid -- key queryid
, s.calls -- counter x.calls {call} : calls
, s.total_exec_time -- counter x.time us as=us : time
FROM {ext:pg_stat_statements}.pg_stat_statements(false) AS s
)";

TEST(parse_probe, an_accumulated_probe_knows_what_ranks_its_entries) {
  const auto parsed = parse_probe(accumulated, "statements.sql");
  ASSERT_TRUE(parsed) << parsed.error().context;
  EXPECT_EQ(parsed->kept, 7U);
  EXPECT_EQ(parsed->interval_class, "statements");
  EXPECT_EQ(parsed->ranked_by_item, 2U);
}

TEST(parse_probe, an_accumulated_probe_has_no_limit) {
  std::string text = accumulated;
  text.replace(text.find("kept: 7"), 7, "limit: 7 by s.calls");
  const auto parsed = parse_probe(text, "statements.sql");
  ASSERT_FALSE(parsed);
  EXPECT_EQ(parsed.error().context,
            "statements.sql:5: only a raw or sampled probe has a limit");
}

constexpr const char* sampled = R"(-- probe: samples
-- summary: sessions
-- family: sampled
-- kept: 9
-- limit: 5 by a.pid
SELECT
  a.datname -- attribute db.namespace
, 1 -- counter x.time us : time
, a.pid -- field pid
FROM a
)";

TEST(parse_probe, a_sampled_probe_has_attributes_fields_and_one_time) {
  const auto parsed = parse_probe(sampled, "s.sql");
  ASSERT_TRUE(parsed) << parsed.error().context;
  EXPECT_EQ(parsed->family, probe_family::sampled);
  EXPECT_EQ(parsed->kept, 9U);
  EXPECT_EQ(parsed->limit, 5U);
  for (const auto& [from, to] :
       {std::pair{"attribute db.namespace", "attribute user.name"},
        std::pair{"counter x.time us", "counter x.time s"},
        std::pair{"counter x.time us", "gauge x.time us"},
        std::pair{"field pid", "counter x.other us : other"},
        std::pair{"field pid", "start"}}) {
    std::string text = sampled;
    text.replace(text.find(from), std::string_view{from}.size(), to);
    EXPECT_FALSE(parse_probe(text, "s.sql")) << to;
  }
}

constexpr const char* bounded = R"(-- probe: queues
-- summary: queues
-- scope: database
-- kept: 20
-- rank: q.waits
SELECT
  q.schema -- attribute db.namespace
, q.name -- attribute queue.name
, q.short -- counter q.waits {wait} kind=short : waits
, q.long -- counter q.waits {wait} kind=long
, q.oldest -- gauge q.oldest s : age of the oldest
, q.held -- gauge q.held {job} other=sum : jobs held
FROM public.queues AS q
)";

TEST(parse_probe, a_raw_probe_may_say_how_many_rows_are_kept) {
  const auto parsed = parse_probe(bounded, "q.sql");
  ASSERT_TRUE(parsed) << parsed.error().context;
  EXPECT_EQ(parsed->kept, 20U);
  ASSERT_TRUE(parsed->ranked_by_metric);
  EXPECT_EQ(parsed->metrics[*parsed->ranked_by_metric].name, "q.waits");
  EXPECT_FALSE(parsed->items[4].adds);
  EXPECT_TRUE(parsed->items[5].adds);
  std::string text{bounded};
  text.replace(text.find("20"), 2, "tables");
  const auto named = parse_probe(text, "q.sql");
  ASSERT_TRUE(named) << named.error().context;
  EXPECT_EQ(named->kept_class, "tables");
}

struct lint_case {
  const char* from;
  const char* to;
  const char* words;
};

TEST(parse_probe, what_is_kept_of_a_raw_probe_has_a_rank_and_a_name) {
  const lint_case cases[] = {
    {"kept: 20", "kept: users", "4: kept is a count"},
    {"kept: 20", "kept: 0", "4: kept is a count"},
    {"-- kept: 20\n", "", "4: rank belongs to kept"},
    {"-- rank: q.waits\n", "", "4: rank names no metric"},
    {"rank: q.waits", "rank: long", "5: rank names no metric"},
    {"scope: database", "scope: instance", "4: a raw probe whose rows"},
    {"attribute queue.name", "gauge q.x {x} : x", "4: a raw probe whose rows"},
    {"attribute db.namespace", "attribute q.schema", "4: a raw probe whose"},
    {"other=sum", "other=least", "12: other= takes only sum"},
    {"{wait} kind=short", "{wait} other=sum", "9: other=sum is for gauges"},
    {"attribute queue.name", "attribute queue.name other=sum",
     "8: attribute takes only"}};
  for (const auto& one : cases) {
    std::string text{bounded};
    text.replace(text.find(one.from), std::string_view{one.from}.size(),
                 one.to);
    const auto parsed = parse_probe(text, "q.sql");
    ASSERT_FALSE(parsed) << one.to;
    EXPECT_NE(parsed.error().context.find(one.words), std::string::npos)
      << parsed.error().context;
  }
  std::string text{accumulated};
  text.replace(text.find("kept: 7"), 7, "kept: tables");
  EXPECT_FALSE(parse_probe(text, "s.sql"));
}

TEST(parse_probe, an_accumulated_probe_has_only_integer_counters) {
  const lint_case cases[] = {
    {"counter x.calls", "gauge x.calls",
     "10: an accumulated or sampled probe has"},
    {"counter x.calls", "counter/double x.calls",
     "10: an accumulated or sampled probe"},
    {"key queryid", "attribute queryid", "9: an accumulated probe has no att"},
    {"rank: total_exec_time", "rank: mean", "6: rank names no metric"},
    {"rank: total_exec_time", "rank: total_exec_time\n-- count: mean",
     "7: count names no metric"},
    {"as=us", "as=words", "11: as=words is for attributes"},
    {"key queryid", "key queryid as=words", "9: key takes only needs="},
    {"key queryid", "key queryid part=one", "9: key takes only needs="},
    {"x.time us", "x.time s", "11: as=us makes"}};
  for (const auto& one : cases) {
    std::string text{accumulated};
    text.replace(text.find(one.from), std::string_view{one.from}.size(),
                 one.to);
    const auto parsed = parse_probe(text, "s.sql");
    ASSERT_FALSE(parsed) << one.to;
    EXPECT_NE(parsed.error().context.find(one.words), std::string::npos)
      << parsed.error().context;
  }
}

TEST(parse_probe, digests_are_alternatives_that_join_one_relation) {
  const std::string text{accumulated};
  const auto from = text.find("FROM");
  const auto with = [&](std::string_view lines) {
    return parse_probe(std::string{text}.insert(from, lines), "s.sql");
  };
  const auto parsed =
    with(", f(s.calls, 0) -- digest\n, f(0) -- digest needs=!pg_y\n");
  ASSERT_TRUE(parsed) << describe(parsed.error());
  ASSERT_EQ(parsed->digests.size(), 2U);
  EXPECT_EQ(parsed->digests[0].expression, "f(s.calls, 0)");
  EXPECT_EQ(parsed->digests[1].needs, needs_list{"!pg_y"});
  EXPECT_EQ(parsed->items.size(), parse_probe(text, "s.sql")->items.size());
  const auto part = with(", f(s.a) -- digest part=one\n");
  ASSERT_FALSE(part);
  EXPECT_NE(part.error().context.find("takes only needs="), std::string::npos);
  for (const auto* tail : {"FROM a AS s\nWHERE s.calls > 1\n", "FROM a, b\n",
                           "FROM a WHERE true\n", "FROM a AS s JOIN b\n"}) {
    const auto joined = parse_probe(
      text.substr(0, from) + ", f(s.a) -- digest\n" + tail, "s.sql");
    ASSERT_FALSE(joined) << tail;
    EXPECT_NE(joined.error().context.find("FROM and one relation"),
              std::string::npos);
  }
  auto raw = text;
  raw.replace(raw.find("family: accumulated"), 19, "family: raw");
  const auto other =
    parse_probe(raw.insert(raw.find("FROM"), ", f(s.a) -- digest\n"), "s.sql");
  ASSERT_FALSE(other);
  EXPECT_NE(other.error().context.find("only an accumulated probe"),
            std::string::npos);
}

TEST(parse_probe, a_file_without_a_statement_is_refused) {
  for (const auto* text :
       {"", "-- probe: a\n-- summary: b\n", "SELECT\n", "SELECT 1\n", "\n\n"}) {
    EXPECT_FALSE(parse_probe(text, "x.sql")) << text;
  }
}

} // namespace
} // namespace pgmuster
