// The workload; its numbers are those that the tests expect.
#include "tests/drivers/postgres/catalog/replicated_pair.hpp"

#include <fmt/format.h>

namespace pgmuster::postgres {

namespace {

constexpr const char* settings[] = {"wal_level = logical", "archive_mode = on",
                                    "archive_command = '/bin/true'",
                                    "max_slot_wal_keep_size = '64MB'"};

constexpr const char* work[] = {
  "CREATE DATABASE quiet", "CREATE SCHEMA \"My ext\"",
  "CREATE EXTENSION pg_stat_statements SCHEMA \"My ext\"",
  "CREATE ROLE watcher LOGIN IN ROLE pg_monitor",
  "GRANT USAGE ON SCHEMA \"My ext\" TO watcher",
  "CREATE TABLE jobs (id int PRIMARY KEY, words text)",
  "CREATE TABLE looked_up (id int PRIMARY KEY)",
  "CREATE TABLE written (id int)", "CREATE TABLE stopped ()",
  "INSERT INTO jobs SELECT i, repeat('x', 9000) FROM generate_series(1, 99) i",
  "UPDATE jobs SET words = 'y' WHERE id <= 10",
  "DELETE FROM jobs WHERE id > 90", "VACUUM ANALYZE jobs",
  "UPDATE jobs SET words = 'z' WHERE id <= 5",
  "INSERT INTO looked_up VALUES (1), (2), (3)",
  // As a concurrent build that failed leaves it.
  "CREATE INDEX broken ON jobs (words);"
  "UPDATE pg_index SET indisvalid = false WHERE indexrelid = "
  "'broken'::regclass",
  "SET work_mem = '64kB';"
  "SELECT count(*) FROM (SELECT i FROM generate_series(1, 50000) i ORDER BY i "
  "DESC OFFSET 1) AS sorted",
  "SELECT pg_create_physical_replication_slot('spare', true)",
  "SELECT pg_create_logical_replication_slot('decoded', 'pgoutput')",
  "CHECKPOINT", "SELECT pg_switch_wal()"};

constexpr const char* look_up =
  "SET enable_seqscan = off; SET enable_bitmapscan = off;"
  "SELECT id FROM looked_up WHERE id = 2";

constexpr const char* write_on =
  "DO $$ BEGIN WHILE NOT EXISTS (SELECT FROM stopped) LOOP "
  "INSERT INTO written VALUES (1); COMMIT; PERFORM pg_sleep(0.05); "
  "END LOOP; END $$";

} // namespace

replicated_pair::replicated_pair(const std::string& major)
  : primary_(major, {std::begin(settings), std::end(settings)}) {
  if (!primary_.running()) {
    trouble_ = "the primary did not start";
    return;
  }
  work_before_the_copy();
  // A standby that has replayed everything tells no lag, so this one is late.
  standby_ = primary_.start_standby({"hot_standby_feedback = on",
                                     "wal_receiver_status_interval = 1",
                                     "recovery_min_apply_delay = '500ms'"});
  if (!primary_.running() || !standby_->running()) {
    trouble_ = "the standby did not start";
    return;
  }
  standby_->ask("SELECT pg_create_physical_replication_slot('spare', true)");
  keep_busy(primary_);
  keep_busy(*standby_);
  writer_ = std::make_unique<test::waiting_session>(primary_.dsn());
  if (!writer_->begin(write_on)) {
    trouble_ = "nobody writes";
  }
  await(primary_,
        "SELECT count(*) FROM pg_stat_replication WHERE state = 'streaming' "
        "AND write_lag IS NOT NULL AND flush_lag IS NOT NULL "
        "AND replay_lag IS NOT NULL AND backend_xmin IS NOT NULL",
        "1");
  await(*standby_, "SELECT pg_last_xact_replay_timestamp() IS NOT NULL", "t");
}

void replicated_pair::ask(const char* sql, const char* database) {
  const auto said = primary_.ask(sql, database);
  if (said.starts_with("ERROR")) {
    trouble_ += fmt::format("{}: {}\n", sql, said);
  }
}

void replicated_pair::await(test::postgres_server& at,
                            const char* sql,
                            const char* wanted) {
  const auto said = at.wait_for(sql, wanted);
  if (said != wanted) {
    trouble_ += fmt::format("{}: {}, not {}\n", sql, said, wanted);
  }
}

void replicated_pair::work_before_the_copy() {
  for (const auto* sql : work) {
    ask(sql);
  }
  for (int times = 0; times < 3; ++times) {
    ask(look_up);
  }
  for (int times = 0; times < 2; ++times) {
    ask("BEGIN; CREATE TABLE undone (); ROLLBACK", "quiet");
  }
  // Before version 15 a process of its own counts, a little later.
  await(primary_,
        "SELECT idx_scan FROM pg_stat_user_indexes "
        "WHERE indexrelname = 'looked_up_pkey'",
        "3");
  await(primary_,
        "SELECT xact_rollback FROM pg_stat_database WHERE datname = 'quiet'",
        "2");
  await(primary_, "SELECT archived_count > 0 FROM pg_stat_archiver", "t");
}

void replicated_pair::keep_busy(test::postgres_server& at) {
  auto holder = std::make_unique<test::waiting_session>(at.dsn());
  auto waiter = std::make_unique<test::waiting_session>(at.dsn());
  if (!holder->run("BEGIN; SELECT pg_advisory_xact_lock(7)")
      || !waiter->begin("SELECT pg_advisory_xact_lock(7)")) {
    trouble_ += "no session waits for a lock\n";
  }
  await(at, "SELECT count(*) FROM pg_locks WHERE NOT granted", "1");
  busy_.push_back(std::move(holder));
  busy_.push_back(std::move(waiter));
}

void replicated_pair::settle() {
  primary_.ask("INSERT INTO stopped DEFAULT VALUES");
  if (writer_) {
    writer_->end();
  }
  for (std::size_t at = 0; at + 1 < busy_.size(); at += 2) {
    busy_[at]->run("COMMIT");
    busy_[at + 1]->end();
  }
  busy_.clear();
  writer_.reset();
}

} // namespace pgmuster::postgres
