// The points of every built-in probe, from a primary and from a standby of each
// major: their shapes are written down, and what the workload makes known is
// their value.
#include "tests/drivers/postgres/catalog/replicated_pair.hpp"
#include "tests/drivers/postgres/catalog/wire_shapes.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <iterator>

namespace pgmuster::postgres {
namespace {

std::vector<std::string> tried_majors() {
  return std::getenv("PGMUSTER_TEST_MAJORS") != nullptr
           ? test::majors()
           : std::vector<std::string>{"13", "14", "15", "16", "17", "18"};
}

/// What was seen of a major, once for all tests: its servers are gone then.
struct record {
  sight primary;
  sight standby;
  /// What the servers themselves said, by statement.
  std::map<std::string, std::int64_t> before;
  std::map<std::string, std::int64_t> after;
  std::vector<std::string> failures;
  std::string trouble;
};

constexpr const char* postgres_commits =
  "SELECT xact_commit FROM pg_stat_database WHERE datname = 'postgres'";
constexpr const char* temp_files =
  "SELECT temp_files FROM pg_stat_database WHERE datname = 'postgres'";
constexpr const char* jobs_size = "SELECT pg_relation_size('jobs')";
constexpr const char* jobs_pkey_size = "SELECT pg_relation_size('jobs_pkey')";
constexpr const char* quiet_size = "SELECT pg_database_size('quiet')";

void ask(test::postgres_server& at, std::map<std::string, std::int64_t>& into) {
  for (const auto* sql :
       {postgres_commits, temp_files, jobs_size, jobs_pkey_size, quiet_size}) {
    into[sql] = std::strtoll(at.ask(sql).c_str(), nullptr, 10);
  }
}

record watch(const std::string& major) {
  record seen;
  replicated_pair pair{major};
  seen.trouble = pair.trouble();
  if (!seen.trouble.empty()) {
    return seen;
  }
  ask(pair.primary(), seen.before);
  {
    observer by;
    seen.primary = by.look(pair.primary().dsn("postgres", "watcher"));
    seen.standby = by.look(pair.standby().dsn("postgres", "watcher"));
  }
  ask(pair.primary(), seen.after);
  pair.settle();
  for (auto* server : {&pair.primary(), &pair.standby()}) {
    for (auto& line : server->failures_in_log()) {
      seen.failures.push_back(std::move(line));
    }
  }
  return seen;
}

class points_pgtest : public ::testing::TestWithParam<std::string> {
protected:
  void SetUp() override {
    static std::map<std::string, record> all;
    auto found = all.find(GetParam());
    if (found == all.end()) {
      found = all.emplace(GetParam(), watch(GetParam())).first;
    }
    seen_ = &found->second;
    ASSERT_EQ(seen_->trouble, "");
  }

  static void expect_written(const sight& seen, const std::string& name) {
    const auto file = PGMUSTER_GOLDEN_FOLDER "/" + name + ".txt";
    const auto told = shapes_of(seen);
    if (std::getenv("PGMUSTER_UPDATE_GOLDEN") != nullptr) {
      std::ofstream{file} << told;
    }
    std::ifstream in{file};
    const std::string written{std::istreambuf_iterator<char>{in}, {}};
    EXPECT_EQ(told, written) << "PGMUSTER_UPDATE_GOLDEN=1 writes " << file;
  }

  [[nodiscard]] std::int64_t of_primary(std::string_view metric,
                                        const attributes& among = {}) const {
    const auto is = seen_->primary.value(metric, among);
    EXPECT_EQ(is.is, number::kind::integer) << metric;
    return is.integer;
  }
  [[nodiscard]] std::int64_t of_standby(std::string_view metric,
                                        const attributes& among = {}) const {
    const auto is = seen_->standby.value(metric, among);
    EXPECT_EQ(is.is, number::kind::integer) << metric;
    return is.integer;
  }
  /// Between what the server said before and after.
  void expect_between(std::int64_t value, const char* sql) const {
    EXPECT_GE(value, seen_->before.at(sql)) << sql;
    EXPECT_LE(value, seen_->after.at(sql)) << sql;
  }

  const record* seen_ = nullptr;
};

const attributes jobs{{"db.namespace", "postgres|public"},
                      {"db.collection.name", "jobs"}};

attributes with(attributes some, const char* key, const char* value) {
  some.push_back({key, value});
  return some;
}

TEST_P(points_pgtest, a_primary_sends_the_points_that_are_written_down) {
  expect_written(seen_->primary, GetParam() + ".primary");
}

TEST_P(points_pgtest, a_standby_sends_the_points_that_are_written_down) {
  expect_written(seen_->standby, GetParam() + ".standby");
}

TEST_P(points_pgtest, neither_server_has_an_error_in_its_log) {
  EXPECT_EQ(seen_->failures, std::vector<std::string>{});
}

TEST_P(points_pgtest, a_table_tells_what_was_done_to_it) {
  EXPECT_EQ(of_primary("postgresql.operations", with(jobs, "operation", "ins")),
            99);
  EXPECT_EQ(of_primary("postgresql.operations", with(jobs, "operation", "upd")),
            15);
  EXPECT_EQ(of_primary("postgresql.operations", with(jobs, "operation", "del")),
            9);
  EXPECT_LE(
    of_primary("postgresql.operations", with(jobs, "operation", "hot_upd")),
    15);
  EXPECT_EQ(of_primary("postgresql.rows", with(jobs, "state", "live")), 90);
  EXPECT_EQ(of_primary("postgresql.rows", with(jobs, "state", "dead")), 5);
  EXPECT_EQ(of_primary("postgresql.table.vacuum.count", jobs), 1);
  EXPECT_EQ(of_primary("postgresql.table.autovacuum.count", jobs), 0);
  EXPECT_EQ(of_primary("postgresql.table.analyze.count", jobs), 1);
  EXPECT_EQ(of_primary("postgresql.table.modified_since_analyze", jobs), 5);
  EXPECT_GT(
    of_primary("postgresql.blocks_read", with(jobs, "source", "heap_hit")), 0);
}

TEST_P(points_pgtest, an_index_tells_its_scans) {
  const attributes looked_up{{"db.namespace", "postgres|public"},
                             {"db.collection.name", "looked_up"},
                             {"postgresql.index.name", "looked_up_pkey"}};
  EXPECT_EQ(of_primary("postgresql.index.scans", looked_up), 3);
  EXPECT_EQ(
    of_primary("postgresql.index.rows", with(looked_up, "operation", "read")),
    3);
  EXPECT_EQ(of_primary("postgresql.index.invalid",
                       {{"postgresql.index.name", "broken"}}),
            1);
  EXPECT_FALSE(
    seen_->primary.value("postgresql.index.invalid", looked_up).present());
}

TEST_P(points_pgtest, sizes_are_the_server_s_on_both) {
  const auto pkey = with(jobs, "postgresql.index.name", "jobs_pkey");
  const attributes quiet{{"db.namespace", "quiet"}};
  for (const auto* from : {&seen_->primary, &seen_->standby}) {
    EXPECT_EQ(from->value("postgresql.table.size", jobs).integer,
              seen_->before.at(jobs_size));
    EXPECT_EQ(from->value("postgresql.index.size", pkey).integer,
              seen_->before.at(jobs_pkey_size));
  }
  expect_between(of_primary("postgresql.db_size", quiet), quiet_size);
  EXPECT_GT(of_standby("postgresql.db_size", quiet), 0);
}

TEST_P(points_pgtest, a_database_tells_its_transactions_and_files) {
  const attributes postgres{{"db.namespace", "postgres"}};
  EXPECT_EQ(of_primary("postgresql.rollbacks", {{"db.namespace", "quiet"}}), 2);
  expect_between(of_primary("postgresql.commits", postgres), postgres_commits);
  expect_between(of_primary("postgresql.temp_files", postgres), temp_files);
  EXPECT_GT(of_primary("postgresql.temp_files", postgres), 0);
}

TEST_P(points_pgtest, an_instance_tells_its_room) {
  for (const auto* from : {&seen_->primary, &seen_->standby}) {
    EXPECT_EQ(from->value("postgresql.database.count").integer, 2);
    EXPECT_EQ(from->value("postgresql.connection.max").integer, 200);
    EXPECT_EQ(from->value("postgresql.table.count").integer, 4);
  }
}

TEST_P(points_pgtest, sessions_tell_who_waits_and_who_idles) {
  for (const auto* from : {&seen_->primary, &seen_->standby}) {
    const attributes idle{{"db.namespace", "postgres"},
                          {"postgresql.state", "idle in transaction"}};
    const attributes waits{{"db.namespace", "postgres"},
                           {"postgresql.state", "active"},
                           {"postgresql.wait_event_type", "Lock"}};
    EXPECT_EQ(from->value("postgresql.sessions", idle).integer, 1);
    EXPECT_EQ(from->value("postgresql.sessions", waits).integer, 1);
    EXPECT_EQ(
      from->value("postgresql.database.locks", {{"granted", "false"}}).integer,
      1);
  }
  // The holder, the waiter and the writer.
  EXPECT_EQ(of_primary("postgresql.backends", {{"db.namespace", "postgres"}}),
            3);
  EXPECT_EQ(of_standby("postgresql.backends", {{"db.namespace", "postgres"}}),
            2);
}

TEST_P(points_pgtest, replication_is_told_from_both_ends) {
  const attributes client{{"replication_client", "127.0.0.1"},
                          {"postgresql.application_name", "standby"}};
  EXPECT_GE(of_primary("postgresql.replication.data_delay", client), 0);
  EXPECT_EQ(of_primary("postgresql.replication.streaming", client), 1);
  for (const auto* operation : {"write", "flush", "replay"}) {
    EXPECT_GE(
      of_primary("postgresql.wal.lag", with(client, "operation", operation)),
      0);
  }
  EXPECT_FALSE(
    seen_->primary.value("postgresql.replication.standby.receivers").present());
  EXPECT_EQ(of_standby("postgresql.replication.standby.receivers"), 1);
  EXPECT_EQ(of_standby("postgresql.replication.standby.paused"), 0);
  EXPECT_FALSE(
    seen_->standby.value("postgresql.replication.streaming").present());
}

TEST_P(points_pgtest, statements_are_read_on_both) {
  for (const auto* from : {&seen_->primary, &seen_->standby}) {
    EXPECT_GT(from->answers.at("statements").entries.size(), 0U);
  }
}

TEST_P(points_pgtest, checkpoints_and_archived_segments_are_told) {
  EXPECT_GE(
    of_primary("postgresql.bgwriter.checkpoint.count", {{"type", "requested"}}),
    1);
  EXPECT_GE(of_primary("postgresql.archiver.archived"), 1);
  const auto age = of_primary("postgresql.wal.age");
  EXPECT_GE(age, 0);
  EXPECT_LT(age, 600);
  EXPECT_EQ(of_primary("postgresql.replication_slots.active",
                       {{"postgresql.replication_slot.name", "decoded"}}),
            0);
}

INSTANTIATE_TEST_SUITE_P(majors,
                         points_pgtest,
                         ::testing::ValuesIn(tried_majors()),
                         [](const auto& each) { return "pg" + each.param; });

} // namespace
} // namespace pgmuster::postgres
