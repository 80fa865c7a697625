// Rows about the instance as a whole, and about each of its databases.
#include "loadtest/simulator/growth.hpp"
#include "loadtest/simulator/row_sets.hpp"

#include <algorithm>

namespace pgmuster::loadtest {

namespace {

constexpr std::int64_t max_connections = 200;
/// pg_stat_statements drops a twentieth of its entries at once.
constexpr std::uint32_t dropped_share = 20;

std::int64_t whole_seconds(nanoseconds span) {
  return std::chrono::floor<seconds>(span).count();
}

double real_seconds(nanoseconds span) {
  return static_cast<double>(std::chrono::floor<microseconds>(span).count())
         / 1e6;
}

model_row row_named(std::string_view name, const row_place& place) {
  model_row made;
  made.key = mixed(key_of_instance(place.plan), key_of(name));
  made.start = place.now.shared_reset;
  return made;
}

} // namespace

std::vector<model_row> identity_rows(const row_place& place) {
  const auto& now = place.now;
  auto row = row_named("identity", place);
  row.said = {{"system_identifier", now.system_identifier},
              {"postmaster_start", microseconds_of(now.postmaster_start)},
              {"in_recovery", static_cast<std::int64_t>(place.plan.standby)},
              {"timeline", now.timeline},
              {"server_version", place.facts.version()},
              {"server_version_num", std::int64_t{place.facts.version_num()}},
              {"max_connections", max_connections},
              {"has_pg_monitor", std::int64_t{1}},
              {"current_database", std::string{place.database}}};
  return {std::move(row)};
}

std::vector<model_row> instance_rows(const row_place& place) {
  auto row = row_named("instance", place);
  row.said = {
    {"postgresql.uptime",
     real_seconds(place.now.time - place.now.postmaster_start)},
    {"postgresql.connection.max", max_connections},
    // Beside those of the plan there is `postgres`.
    {"postgresql.database.count", std::int64_t{place.now.databases} + 1}};
  return {std::move(row)};
}

std::vector<model_row> archiver_rows(const row_place& place) {
  constexpr std::int64_t steps_of_segment = 60;
  auto row = row_named("archiver", place);
  const auto since = place.now.step % steps_of_segment;
  row.said = {{"postgresql.wal.age", whole_seconds(place.plan.step * since)}};
  return {std::move(row)};
}

std::vector<model_row> shared_rows(std::string_view probe,
                                   const row_place& place) {
  return {row_named(probe, place)};
}

std::vector<model_row> statements_info_rows(const row_place& place) {
  auto row = row_named("statements_info", place);
  row.start = place.now.statements_reset;
  const auto& size = *place.plan.size;
  const auto room = std::max<std::uint64_t>(
    1, size.statements_max - std::min(size.statements, size.statements_max));
  const auto made = place.now.distinct_made - place.now.distinct_forgotten;
  const auto share = std::max(1U, size.statements_max / dropped_share);
  const auto dropped = made > room ? (made - room) / share + 1 : 0;
  row.said = {
    {"postgresql.statement.evictions",
     static_cast<std::int64_t>(dropped + place.now.evictions.size())}};
  return {std::move(row)};
}

std::vector<model_row> io_rows(const row_place& place) {
  struct operation {
    char letter;
    std::vector<std::string_view> metrics;
  };
  static const std::vector<operation> operations = {
    {'r',
     {"postgresql.io.reads", "postgresql.io.read_bytes",
      "postgresql.io.read_time_milliseconds"}},
    {'w',
     {"postgresql.io.writes", "postgresql.io.write_bytes",
      "postgresql.io.write_time_milliseconds"}},
    {'b',
     {"postgresql.io.writebacks", "postgresql.io.writeback_time_milliseconds"}},
    {'x',
     {"postgresql.io.extends", "postgresql.io.extend_bytes",
      "postgresql.io.extend_time_milliseconds"}},
    {'h', {"postgresql.io.hits"}},
    {'e', {"postgresql.io.evictions"}},
    {'u', {"postgresql.io.reuses"}},
    {'f', {"postgresql.io.fsyncs", "postgresql.io.fsync_time_milliseconds"}}};
  std::vector<model_row> rows;
  rows.reserve(place.facts.io_rows().size());
  for (const auto& each : place.facts.io_rows()) {
    auto row = row_named("io", place);
    row.key =
      mixed(row.key, key_of(each.backend_type + each.object + each.context));
    // Most combinations never happen on an ordinary server.
    row.moves = each.context == "normal" && each.backend_type != "walsender"
                && below(row.key, 3) != 0;
    row.said = {{"postgresql.backend_type", each.backend_type},
                {"postgresql.io.object", each.object},
                {"postgresql.io.context", each.context}};
    for (const auto& operation : operations) {
      if (each.operations.find(operation.letter) == std::string::npos) {
        for (const auto metric : operation.metrics) {
          row.said.emplace_back(metric, field{});
        }
      }
    }
    rows.push_back(std::move(row));
  }
  return rows;
}

std::vector<model_row> database_rows(const row_place& place) {
  std::vector<model_row> rows;
  for (auto& each : databases_at(place.plan, place.facts.major(), place.now)) {
    model_row row;
    row.key = mixed(key_of_instance(place.plan), key_of(each.name));
    row.moves = each.number.has_value();
    row.start = place.now.stats_reset;
    const auto oid = static_cast<std::uint64_t>(each.oid);
    row.said = {
      {"oid", each.oid},
      {"datallowconn", static_cast<std::int64_t>(each.connectable)},
      {"datistemplate", static_cast<std::int64_t>(each.is_template)},
      {"may_connect", std::int64_t{1}},
      // It grows with the server's transactions and falls when rows are frozen.
      {"postgresql.database.transaction_id.age",
       (place.now.step * 20 + below(mixed(row.key, oid), 1'000'000))
         % 200'000'000},
      {"postgresql.database.multixact_id.age", std::int64_t{0}},
      {"db.namespace", each.name},
      {"datname", std::move(each.name)}};
    if (place.facts.major() < 18) {
      // As without data checksums, which were not the rule before.
      row.said.emplace_back("postgresql.checksum.failures", field{});
    }
    rows.push_back(std::move(row));
  }
  return rows;
}

} // namespace pgmuster::loadtest
