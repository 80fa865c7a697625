// Rows about who is connected: clients, their locks, standbys and their slots.
#include "loadtest/simulator/growth.hpp"
#include "loadtest/simulator/row_sets.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace pgmuster::loadtest {

namespace {

std::uint64_t
key_at(const row_place& place, std::string_view what, std::uint64_t which) {
  return mixed(mixed(key_of_instance(place.plan), key_of(what)), which);
}

/// Evenly in [0, bound), another one every so many steps.
std::int64_t changing(std::uint64_t key,
                      const moment& now,
                      std::int64_t every,
                      std::int64_t bound) {
  return below(mixed(key, static_cast<std::uint64_t>(now.step / every)), bound);
}

constexpr std::string_view sessions = "postgresql.sessions";
constexpr std::string_view backends = "postgresql.backends";
constexpr std::string_view transaction_age = "postgresql.transaction.age.max";
constexpr std::string_view query_age = "postgresql.query.age.max";
constexpr std::string_view idle_age = "postgresql.idle_in_transaction.age.max";
constexpr std::string_view xmin_age = "postgresql.backend_xmin.age.max";

/// A row of the first grouping set: one state and type of wait.
model_row state_row(const std::string& database,
                    field state,
                    field wait,
                    std::int64_t count) {
  model_row row;
  row.said = {{"db.namespace", database},
              {"postgresql.state", std::move(state)},
              {"postgresql.wait_event_type", std::move(wait)},
              {sessions, count > 0 ? field{count} : field{}},
              {backends, field{}},
              {transaction_age, field{}},
              {query_age, field{}},
              {idle_age, field{}},
              {xmin_age, field{}}};
  return row;
}

/// A row of the second one: the whole database.
model_row whole_row(const std::string& database, std::int64_t count) {
  auto row = state_row(database, field{}, field{}, 0);
  row.said[4].second = count;
  return row;
}

void append_busy_database(const row_place& place,
                          const database_here& database,
                          std::vector<model_row>& rows) {
  const auto key = key_at(place, "sessions", *database.number);
  const std::int64_t all = place.plan.size->sessions_of_database;
  const auto [active, open, waiting] = busy_sessions(place, *database.number);
  const auto idle = std::max<std::int64_t>(0, all - active - open);
  rows.push_back(
    state_row(database.name, std::string{"active"}, field{}, active));
  rows.push_back(
    state_row(database.name, std::string{"idle"}, std::string{"Client"}, idle));
  rows.push_back(state_row(database.name, std::string{"idle in transaction"},
                           std::string{"Client"}, open));
  if (waiting > 0) {
    rows.push_back(state_row(database.name, std::string{"active"},
                             std::string{"Lock"}, waiting));
  }
  auto whole = whole_row(database.name, active + idle + open + waiting);
  const auto age = [&key, &place](std::int64_t bound) {
    return static_cast<double>(changing(key, place.now, 1, bound)) / 1e6;
  };
  whole.said[5].second = age(9'000'000);
  whole.said[6].second = active > 0 ? field{age(2'000'000)} : field{};
  whole.said[7].second = open > 0 ? field{age(5'000'000)} : field{};
  whole.said[8].second = changing(key, place.now, 1, 500);
  rows.push_back(std::move(whole));
}

} // namespace

busy_count busy_sessions(const row_place& place, std::uint32_t database) {
  const auto key = key_at(place, "sessions", database);
  const std::int64_t all = place.plan.size->sessions_of_database;
  busy_count made;
  made.active = changing(key, place.now, 2, all / 2 + 1);
  made.open = std::min<std::int64_t>(1, all - made.active);
  made.waiting = changing(mixed(key), place.now, 30, 2);
  return made;
}

std::vector<model_row> session_rows(const row_place& place) {
  std::vector<model_row> rows;
  for (const auto& each :
       databases_at(place.plan, place.facts.major(), place.now)) {
    if (each.number) {
      append_busy_database(place, each, rows);
    } else if (each.connectable) {
      rows.push_back(state_row(each.name, field{}, field{}, 0));
      rows.push_back(whole_row(each.name, 0));
    }
  }
  return rows;
}

std::vector<model_row> lock_rows(const row_place& place) {
  std::vector<model_row> rows;
  const auto add = [&](field database, const char* mode, bool granted,
                       std::int64_t count, field waited) {
    model_row row;
    row.said = {{"db.namespace", std::move(database)},
                {"mode", std::string{mode}},
                {"granted", std::string{granted ? "true" : "false"}},
                {"postgresql.database.locks", count},
                {"postgresql.lock.wait.age.max", std::move(waited)}};
    rows.push_back(std::move(row));
  };
  std::int64_t transactions = 0;
  for (const auto& each :
       databases_at(place.plan, place.facts.major(), place.now)) {
    if (!each.number) {
      continue;
    }
    const auto key = key_at(place, "locks", *each.number);
    const auto held = 1 + changing(key, place.now, 1, 40);
    transactions += 1 + held / 8;
    add(each.name, "AccessShareLock", true, held, field{});
    add(each.name, "RowExclusiveLock", true, 1 + held / 3, field{});
    const auto sessions_key = key_at(place, "sessions", *each.number);
    if (changing(mixed(sessions_key), place.now, 30, 2) > 0) {
      add(each.name, "ShareLock", false, 1,
          static_cast<double>(place.now.step % 30) + 0.25);
    }
  }
  add(field{}, "ExclusiveLock", true, transactions, field{});
  return rows;
}

std::vector<model_row> replication_rows(const row_place& place) {
  std::vector<model_row> rows;
  for (std::uint32_t at = 0; at < place.plan.standbys; ++at) {
    const auto key = key_at(place, "standby", at);
    const auto lag = changing(key, place.now, 1, 65'536);
    model_row row;
    row.key = key;
    row.said = {
      {"replication_client", fmt::format("10.0.{}.{}", at / 250, at % 250 + 1)},
      {"postgresql.application_name", fmt::format("standby_{}", at)},
      {"postgresql.replication.data_delay", lag},
      {"postgresql.replication.lag{operation=sent}", lag / 8},
      {"postgresql.replication.lag{operation=write}", lag / 4},
      {"postgresql.replication.lag{operation=flush}", lag / 2},
      {"postgresql.replication.lag{operation=replay}", lag},
      {"postgresql.wal.delay{operation=write}",
       static_cast<double>(lag / 4) / 1e6},
      {"postgresql.wal.delay{operation=flush}",
       static_cast<double>(lag / 2) / 1e6},
      {"postgresql.wal.delay{operation=replay}",
       static_cast<double>(lag) / 1e6},
      {"postgresql.replication.streaming", std::int64_t{1}},
      {"postgresql.replication.synchronous", std::int64_t{at == 0 ? 1 : 0}},
      {"postgresql.replication.xmin.age", field{}}};
    rows.push_back(std::move(row));
  }
  return rows;
}

std::vector<model_row> slot_rows(const row_place& place) {
  std::vector<model_row> rows;
  for (std::uint32_t at = 0; at < place.plan.standbys; ++at) {
    const auto key = key_at(place, "standby", at);
    model_row row;
    row.key = key;
    row.said = {
      {"postgresql.replication_slot.name", fmt::format("standby_{}", at)},
      {"postgresql.replication_slot.type", std::string{"physical"}},
      {"db.namespace", field{}},
      {"postgresql.replication_slots.active", std::int64_t{1}},
      {"postgresql.replication_slots.wal_retain_bytes",
       changing(key, place.now, 1, 65'536)},
      {"postgresql.replication_slots.safe_wal_size_bytes", field{}},
      {"postgresql.replication_slots.lag_bytes", field{}},
      {"postgresql.replication_slots.transactions_retain_age", field{}},
      {"postgresql.replication_slots.inactive_since_unixtime", field{}},
      {"postgresql.replication_slots.wal_status", std::int64_t{0}},
      {"postgresql.replication_slots.wal_status{status=reserved}",
       std::int64_t{1}},
      {"postgresql.replication_slots.invalidated", std::int64_t{0}},
      {"postgresql.replication_slots.conflicting", field{}}};
    rows.push_back(std::move(row));
  }
  return rows;
}

std::vector<model_row> standby_rows(const row_place& place) {
  if (!place.plan.standby) {
    return {};
  }
  const auto key = key_at(place, "receiver", 0);
  const auto lag = changing(key, place.now, 1, 65'536);
  model_row row;
  row.key = key;
  row.said = {
    {"postgresql.replication.standby.delay", static_cast<double>(lag) / 1e6},
    {"postgresql.replication.standby.lag", lag},
    {"postgresql.replication.standby.receivers", std::int64_t{1}},
    {"postgresql.replication.standby.paused", std::int64_t{0}}};
  return {std::move(row)};
}

} // namespace pgmuster::loadtest
