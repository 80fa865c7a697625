// Every built-in probe runs on every major, as a primary and as a standby, for
// a role with pg_monitor and for one without.
#include "codec/catalog/entry_rows.hpp"
#include "codec/catalog/map_rows.hpp"
#include "drivers/clock.hpp"
#include "drivers/postgres/blocking.hpp"
#include "drivers/postgres/catalog/catalog.hpp"
#include "tests/support/postgres/postgres_server.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <map>
#include <memory>
#include <set>

namespace pgmuster::postgres {
namespace {

constexpr milliseconds patience{30'000};
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

struct answer {
  row_set rows;
  mapping_outcome points;
  std::vector<entry_reading> entries;
};

/// What one role sees of a server: the catalog as negotiated, and its rows.
struct sight {
  negotiated_catalog catalog;
  std::map<std::string, answer> answers;
};

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
    std::string why;
    auto started = start_reactor(reactor_choice::automatic, why);
    ASSERT_TRUE(started) << describe(started.error());
    reactor_ = std::move(*started);
    connector_ = start_connector(*reactor_, system_clock_source(), 1);
    auto all = load_catalog({});
    ASSERT_TRUE(all) << describe(all.error());
    catalog_ = std::move(*all);
  }

  void TearDown() override {
    if (connector_) {
      connector_->stop();
      reactor_->stop();
    }
  }

  std::unique_ptr<session> connect(const char* role,
                                   const char* database = "postgres") {
    connect_request request;
    request.dsn = secret_string{server_->dsn(database, role)};
    auto made = connect_and_wait(*connector_, std::move(request));
    EXPECT_TRUE(made) << describe(made.error());
    return made ? std::move(*made) : nullptr;
  }

  static row_set run(session& on, std::string_view sql) {
    auto all = run_and_wait(on, {{"", std::string{sql}, ""}}, patience,
                            system_clock_source());
    if (!all || !all->front().rows) {
      ADD_FAILURE() << describe(all ? all->front().rows.error() : all.error())
                    << "\n"
                    << sql;
      return {};
    }
    return *all->front().rows;
  }

  sight look(session& on) {
    sight seen;
    const auto shape =
      read_shape(run(on, shape_sql(catalog_)), on.facts().version_num);
    seen.catalog = negotiate(catalog_, shape);
    for (const auto& probe : seen.catalog.probes) {
      auto& got = seen.answers[probe.definition->name];
      got.rows = run(on, probe.sql);
      got.points = map_rows(probe, got.rows, {}, wall_time{seconds{1}});
      EXPECT_EQ(got.points.bad_cells, 0U)
        << probe.definition->name << ": " << got.points.first_bad;
      entry_rows read{probe, got.rows};
      got.entries.resize(read.count());
      for (std::size_t at = 0; at < read.count(); ++at) {
        read.decode(at, got.entries[at]);
      }
      EXPECT_EQ(read.bad().cells, 0U)
        << probe.definition->name << ": " << read.bad().first;
    }
    return seen;
  }

  sight look(const char* role) {
    const auto on = connect(role);
    return on ? look(*on) : sight{};
  }

  /// Without a primary to follow, it replays its own log and stays read-only.
  void become_standby() {
    std::ofstream{server_->ask("SHOW data_directory") + "/standby.signal"};
    server_->restart();
    ASSERT_EQ(server_->wait_for("SELECT pg_is_in_recovery()", "t"), "t");
  }

  test::postgres_server* server_ = nullptr;
  std::unique_ptr<reactor> reactor_;
  std::unique_ptr<connector> connector_;
  probe_catalog catalog_;
};

/// Metrics, lines left out and absent probes, one a line.
std::string summary_of(const negotiated_catalog& catalog) {
  constexpr const char* kinds[] = {"gauge", "counter", "updown"};
  std::string told;
  for (const auto& probe : catalog.probes) {
    const auto& name = probe.definition->name;
    for (const auto& metric : probe.layout->metrics) {
      told += fmt::format("{} {} {} {}{}\n", name, metric.name, metric.unit,
                          kinds[static_cast<std::size_t>(metric.kind)],
                          metric.real ? "/double" : "");
    }
    for (const auto& expression : probe.left_out) {
      told += fmt::format("{} left out: {}\n", name, expression);
    }
  }
  for (const auto& absent : catalog.absent) {
    told += fmt::format("{} absent\n", absent.first);
  }
  return told;
}

TEST_P(catalog_pgtest, every_probe_answers_what_is_written_down) {
  const auto seen = look("watcher");
  const auto file = PGMUSTER_GOLDEN_FOLDER "/" + GetParam() + ".txt";
  const auto told = summary_of(seen.catalog);
  if (std::getenv("PGMUSTER_UPDATE_GOLDEN") != nullptr) {
    std::ofstream{file} << told;
  }
  std::ifstream in{file};
  const std::string written{std::istreambuf_iterator<char>{in}, {}};
  EXPECT_EQ(told, written) << "PGMUSTER_UPDATE_GOLDEN=1 writes " << file;
  for (const auto& [name, got] : seen.answers) {
    const bool may_be_empty =
      name == "standby" || name == "replication" || name == "locks";
    EXPECT_TRUE(got.rows.rows() > 0 || may_be_empty) << name;
  }
}

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
  const auto seen = look(*own);
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

TEST_P(catalog_pgtest, a_standby_answers_too) {
  become_standby();
  const auto seen = look("watcher");
  EXPECT_EQ(seen.answers.at("standby").rows.rows(), 1U);
  EXPECT_GT(seen.answers.at("statements").entries.size(), 0U);
  servers().erase(GetParam());
}

TEST_P(catalog_pgtest, a_role_without_rights_gets_no_error) {
  const auto seen = look("plain");
  EXPECT_EQ(summary_of(seen.catalog), summary_of(look("watcher").catalog));
  const auto& read = seen.answers.at("statements").entries;
  EXPECT_TRUE(std::any_of(read.begin(), read.end(),
                          [](const auto& one) { return one.unattributed; }));
}

TEST_P(catalog_pgtest, an_extension_out_of_reach_is_told_with_its_grant) {
  const auto seen = look("shut_out");
  ASSERT_TRUE(seen.catalog.absent.contains("statements"));
  EXPECT_NE(seen.catalog.absent.at("statements")
              .find("GRANT USAGE ON SCHEMA \"My ext\""),
            std::string::npos);
}

TEST_P(catalog_pgtest, sizes_pass_by_a_table_that_is_locked) {
  const auto locker = connect("postgres");
  ASSERT_TRUE(locker);
  run(*locker, "BEGIN");
  run(*locker, "LOCK TABLE public.jobs IN ACCESS EXCLUSIVE MODE");
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
    return on ? std::string{run(*on, shape_key_sql()).row(0)[0].text()} : "";
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
