// Every built-in probe runs on every major, for a role with pg_monitor and for
// one without.
#include "codec/catalog/entry_rows.hpp"
#include "drivers/postgres/parameters.hpp"
#include "tests/drivers/postgres/catalog/catalog_sight.hpp"
#include "tests/support/postgres/postgres_server.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <map>
#include <memory>
#include <set>

namespace pgmuster::postgres {
namespace {

constexpr const char* things[] = {
  "CREATE DATABASE quiet",
  "CREATE SCHEMA \"My ext\"",
  "CREATE EXTENSION pg_stat_statements SCHEMA \"My ext\"",
  "CREATE ROLE watcher LOGIN IN ROLE pg_monitor",
  "CREATE ROLE plain LOGIN",
  "CREATE ROLE shut_out LOGIN IN ROLE pg_monitor",
  "GRANT USAGE ON SCHEMA \"My ext\" TO watcher, plain",
  "CREATE TABLE jobs (id int PRIMARY KEY, words text)",
  "INSERT INTO jobs SELECT i, repeat('x', 9000) FROM generate_series(1, 99) i",
  "SELECT pg_create_physical_replication_slot('spare', true)"};

std::vector<std::string> tried_majors() {
  return std::getenv("PGMUSTER_TEST_MAJORS") != nullptr
           ? test::majors()
           : std::vector<std::string>{"13", "14", "15", "16", "17", "18"};
}

/// One server a major for all tests: starting one takes a second.
std::map<std::string, std::unique_ptr<test::postgres_server>>& servers() {
  static std::map<std::string, std::unique_ptr<test::postgres_server>> all;
  return all;
}

class catalog_pgtest : public ::testing::TestWithParam<std::string> {
protected:
  void SetUp() override {
    auto& server = servers()[GetParam()];
    if (!server) {
      server = std::make_unique<test::postgres_server>(GetParam());
      ASSERT_TRUE(server->running());
      for (const auto* sql : things) {
        const auto said = server->ask(sql);
        ASSERT_FALSE(said.starts_with("ERROR")) << sql << ": " << said;
      }
    }
    server_ = server.get();
    ASSERT_TRUE(server_->running());
  }

  std::unique_ptr<session> connect(const char* role,
                                   const char* database = "postgres") {
    return observer_.connect(server_->dsn(database, role));
  }

  sight look(const char* role) {
    return observer_.look(server_->dsn("postgres", role));
  }

  test::postgres_server* server_ = nullptr;
  observer observer_;
};

TEST_P(catalog_pgtest, values_belong_to_the_things_they_describe) {
  const auto seen = look("watcher");
  const auto row_of = [&](const std::string& probe, const std::string& key) {
    for (const auto& row : seen.answers.at(probe).points.block.rows) {
      const auto& keys = row.values_of_keys;
      if (std::find(keys.begin(), keys.end(), key) != keys.end()) {
        return row;
      }
    }
    ADD_FAILURE() << key << " is not in " << probe;
    return point_row{};
  };
  EXPECT_EQ(row_of("tables", "jobs").values_of_keys,
            (std::vector<std::string>{"postgres|public", "jobs"}));
  EXPECT_EQ(row_of("indexes", "jobs_pkey").values_of_keys,
            (std::vector<std::string>{"postgres|public", "jobs", "jobs_pkey"}));
  const auto size = server_->ask("SELECT pg_relation_size('public.jobs')");
  EXPECT_EQ(std::to_string(row_of("table_sizes", "jobs").values.at(0).integer),
            size);
  EXPECT_EQ(row_of("replication_slots", "spare").values.at(0).integer, 0);
  EXPECT_EQ(row_of("database", "postgres").values_of_keys.at(0), "postgres");

  const auto& texts = seen.answers.at("statement_texts");
  std::set<std::string> keys;
  for (const auto& one : seen.answers.at("statements").entries) {
    EXPECT_EQ(one.key.size(), 32U);
    keys.insert(one.key);
  }
  // Texts are read before the numbers, so that each has its entry there.
  for (const auto& one : texts.entries) {
    EXPECT_TRUE(keys.contains(one.key));
  }
}

TEST_P(catalog_pgtest, sessions_are_counted_but_for_our_own) {
  const auto idle = connect("postgres", "quiet");
  const auto own = connect("watcher", "quiet");
  ASSERT_TRUE(idle && own);
  const auto seen = observer_.look(*own);
  const auto& block = seen.answers.at("sessions").points.block;
  std::int64_t sessions = 0;
  std::map<std::string, std::int64_t> backends;
  for (const auto& row : block.rows) {
    const auto& keys = row.values_of_keys;
    ASSERT_EQ(keys.size(), 3U);
    if (keys[0] == "quiet" && row.values.at(0).present()) {
      EXPECT_EQ(keys[1], "idle");
      sessions += row.values[0].integer;
    }
    if (row.values.at(1).present()) {
      backends[keys[0]] = row.values[1].integer;
    }
  }
  EXPECT_EQ(sessions, 1);
  EXPECT_EQ(backends["quiet"], 1);
  EXPECT_EQ(backends.count("template1"), 1U);
  EXPECT_EQ(backends["template1"], 0);
}

TEST_P(catalog_pgtest, a_role_without_rights_gets_no_error) {
  const auto seen = look("plain");
  const auto more = look("watcher");
  ASSERT_EQ(seen.catalog.probes.size(), more.catalog.probes.size());
  for (std::size_t at = 0; at < more.catalog.probes.size(); ++at) {
    EXPECT_EQ(seen.catalog.probes[at].sql, more.catalog.probes[at].sql);
  }
  const auto& read = seen.answers.at("statements").entries;
  EXPECT_TRUE(std::any_of(read.begin(), read.end(),
                          [](const auto& one) { return one.unattributed; }));
}

/// One read of the statements, by someone who knows some of them.
struct statements_read {
  std::set<std::int64_t> gone;
  std::map<std::string, std::int64_t> digests;
};

statements_read read_statements(session& on,
                                const negotiated_probe& probe,
                                const std::vector<std::int64_t>& known) {
  const auto rows = observer::run(on, probe.sql, int8_array(known));
  entry_rows read{probe, rows};
  statements_read made;
  entry_reading entry;
  for (std::size_t at = 0; at < read.count(); ++at) {
    if (const auto digest = read.gone(at)) {
      made.gone.insert(*digest);
      continue;
    }
    read.decode(at, entry);
    if (!entry.unattributed) {
      EXPECT_NE(entry.digest, 0);
      EXPECT_TRUE(made.digests.emplace(entry.key, entry.digest).second);
    }
  }
  EXPECT_EQ(read.bad().cells, 0U) << read.bad().first;
  return made;
}

TEST_P(catalog_pgtest, a_known_statement_is_sent_when_it_moved_and_told_gone) {
  const auto ask = [&] {
    server_->ask("SELECT count(*) AS asked_again FROM jobs");
  };
  ask();
  const auto own = connect("watcher");
  ASSERT_TRUE(own);
  const auto catalog = observer_.look(*own).catalog;
  const auto probe = std::find_if(
    catalog.probes.begin(), catalog.probes.end(),
    [](const auto& one) { return one.definition->name == "statements"; });
  ASSERT_NE(probe, catalog.probes.end());
  ASSERT_TRUE(probe->by_digest);
  const auto all = read_statements(*own, *probe, {});
  std::vector<std::int64_t> known;
  for (const auto& [key, digest] : all.digests) {
    known.push_back(digest);
  }
  EXPECT_GT(known.size(), 20U);
  EXPECT_EQ((std::set<std::int64_t>{known.begin(), known.end()}.size()),
            known.size());
  const auto moved_since = [&] { return read_statements(*own, *probe, known); };
  // This very question is a statement as well, and moves with each answer.
  const auto own_question = moved_since().digests;
  EXPECT_LE(own_question.size(), 2U);
  ask();
  std::vector<std::string> moved;
  const auto later = moved_since();
  for (const auto& [key, digest] : later.digests) {
    if (!own_question.contains(key)) {
      moved.push_back(key);
    }
  }
  ASSERT_EQ(moved.size(), 1U);
  const auto before = all.digests.at(moved[0]);
  EXPECT_NE(later.digests.at(moved[0]), before);
  EXPECT_TRUE(later.gone.contains(before));
  server_->ask("SELECT \"My ext\".pg_stat_statements_reset(userid, dbid, "
               "queryid) FROM \"My ext\".pg_stat_statements WHERE query LIKE "
               "'SELECT count(*) AS asked_again%'");
  const auto reset = moved_since();
  EXPECT_FALSE(reset.digests.contains(moved[0]));
  EXPECT_TRUE(reset.gone.contains(before));
}

TEST_P(catalog_pgtest, an_extension_out_of_reach_is_told_with_its_grant) {
  const auto seen = look("shut_out");
  ASSERT_TRUE(seen.catalog.absent.contains("statements"));
  EXPECT_NE(seen.catalog.absent.at("statements")
              .find("GRANT USAGE ON SCHEMA \"My ext\""),
            std::string::npos);
}

TEST_P(catalog_pgtest,
       an_extension_that_is_not_installed_is_told_with_a_remedy) {
  const auto seen = observer_.look(server_->dsn("quiet", "watcher"));
  for (const auto* probe : {"statements", "statement_texts"}) {
    EXPECT_EQ(seen.catalog.absent.at(probe),
              "needs the extension pg_stat_statements, which is not installed "
              "in this database: CREATE EXTENSION pg_stat_statements");
  }
  if (GetParam() != "13") {
    EXPECT_EQ(seen.catalog.absent.at("statements_info"),
              seen.catalog.absent.at("statements"));
  }
}

TEST_P(catalog_pgtest, an_extension_without_its_library_is_not_asked) {
  // Its settings stay in the file, as somebody may have left them there.
  test::postgres_server bare{GetParam(), {"shared_preload_libraries = ''"}};
  ASSERT_TRUE(bare.running());
  bare.ask("CREATE EXTENSION pg_stat_statements");
  const auto key_of = [&](const test::postgres_server& at) {
    const auto on = observer_.connect(at.dsn());
    return on
             ? std::string{observer::run(*on, shape_key_sql()).row(0)[0].text()}
             : "";
  };
  const auto seen = observer_.look(bare.dsn());
  EXPECT_NE(
    seen.catalog.absent.at("statements").find("shared_preload_libraries"),
    std::string::npos);
  EXPECT_EQ(bare.failures_in_log(), std::vector<std::string>{});
  const auto without = key_of(bare);
  EXPECT_NE(without.find(" t t"), std::string::npos) << without;
}

TEST_P(catalog_pgtest, a_limit_leaves_the_largest_and_counts_the_others) {
  server_->ask("CREATE TABLE IF NOT EXISTS small (); ANALYZE");
  const auto on = connect("watcher");
  ASSERT_TRUE(on);
  for (const auto& built_in : builtin_probes()) {
    std::string text{built_in.text};
    const auto at = text.find("-- limit: ");
    if (at == std::string::npos
        || text.find("-- family: sampled") != std::string::npos) {
      continue;
    }
    const auto digits = text.find(' ', at + 10) - at - 10;
    text.replace(at + 10, digits, "1");
    server_->ask("CREATE INDEX ON jobs (words)");
    const auto seen = observer_.look(*on, text);
    const auto& got = seen.answers.begin()->second;
    ASSERT_EQ(got.rows.rows(), 1U) << built_in.name;
    EXPECT_GT(got.points.turned_away, 0U) << built_in.name;
    EXPECT_EQ(got.points.block.rows.at(0).values_of_keys.at(1), "jobs");
  }
}

TEST_P(catalog_pgtest, sizes_pass_by_a_table_that_is_locked) {
  const auto locker = connect("postgres");
  ASSERT_TRUE(locker);
  observer::run(*locker, "BEGIN");
  observer::run(*locker, "LOCK TABLE public.jobs IN ACCESS EXCLUSIVE MODE");
  const auto seen = look("watcher");
  for (const auto* probe : {"table_sizes", "index_sizes"}) {
    for (const auto& row : seen.answers.at(probe).points.block.rows) {
      EXPECT_NE(row.values_of_keys.at(1), "jobs") << probe;
    }
  }
}

TEST_P(catalog_pgtest, equal_servers_have_an_equal_key_and_rights_change_it) {
  const auto key_of = [&](const char* role) {
    const auto on = connect(role);
    return on
             ? std::string{observer::run(*on, shape_key_sql()).row(0)[0].text()}
             : "";
  };
  const auto key = key_of("watcher");
  EXPECT_FALSE(key.empty());
  EXPECT_EQ(key, key_of("plain"));
  EXPECT_NE(key, key_of("shut_out"));
}

INSTANTIATE_TEST_SUITE_P(majors,
                         catalog_pgtest,
                         ::testing::ValuesIn(tried_majors()),
                         [](const auto& each) { return "pg" + each.param; });

} // namespace
} // namespace pgmuster::postgres
