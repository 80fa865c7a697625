// Rows about the tables and indexes of one database.
#include "loadtest/simulator/growth.hpp"
#include "loadtest/simulator/row_sets.hpp"

#include <fmt/format.h>

#include <array>

namespace pgmuster::loadtest {

namespace {

constexpr std::array<std::string_view, 8> words = {
  "orders", "customers", "items",    "events",
  "prices", "invoices",  "sessions", "shipments"};

struct table_here {
  std::uint32_t index = 0;
  std::uint64_t key = 0;
  bool moves = false;
  std::string name;
};

std::vector<table_here> tables_at(const row_place& place) {
  const auto database = database_number(place.plan, place.database);
  if (!database || *database >= place.now.databases) {
    return {};
  }
  const auto& size = *place.plan.size;
  const auto key =
    mixed(mixed(key_of_instance(place.plan), key_of("table")), *database);
  std::vector<table_here> all;
  all.reserve(size.tables);
  for (std::uint32_t at = 0; at < size.tables; ++at) {
    all.push_back({at, mixed(key, at),
                   at * 1'000 < size.tables * size.moving_tables_permille,
                   fmt::format("{}_{:04}", words[at % words.size()], at)});
  }
  return all;
}

std::string schema_at(const row_place& place) {
  return std::string{place.database} + "|public";
}

/// Seconds since something that happens every `hours` hours.
std::int64_t age_at(const row_place& place, std::uint64_t key, int hours) {
  const auto cycle = std::int64_t{hours} * 3'600;
  const auto lived =
    std::chrono::floor<seconds>(place.plan.step * place.now.step).count();
  return (lived + below(key, cycle)) % cycle;
}

} // namespace

std::vector<model_row> table_rows(const row_place& place) {
  const auto schema = schema_at(place);
  std::vector<model_row> rows;
  for (auto& table : tables_at(place)) {
    model_row row;
    row.key = table.key;
    row.moves = table.moves;
    row.start = place.now.stats_reset;
    row.said = {
      {"db.namespace", schema},
      {"db.collection.name", std::move(table.name)},
      {"postgresql.table.vacuum.age", age_at(place, table.key, 7)},
      {"postgresql.table.analyze.age", age_at(place, mixed(table.key), 5)},
      {"postgresql.table.transaction_id.age",
       (place.now.step * 20 + below(table.key, 1'000'000)) % 150'000'000}};
    if (table.index % 4 != 0) {
      for (const std::string_view source :
           {"postgresql.blocks_read{source=toast_read}",
            "postgresql.blocks_read{source=toast_hit}",
            "postgresql.blocks_read{source=tidx_read}",
            "postgresql.blocks_read{source=tidx_hit}",
            "postgresql.table.toast.size"}) {
        row.said.emplace_back(source, field{});
      }
    }
    rows.push_back(std::move(row));
  }
  return rows;
}

std::vector<model_row> index_rows(const row_place& place) {
  const auto schema = schema_at(place);
  std::vector<model_row> rows;
  for (const auto& table : tables_at(place)) {
    for (std::uint32_t at = 0; at < place.plan.size->indexes_of_table; ++at) {
      model_row row;
      row.key = mixed(table.key, at + 1);
      row.moves = table.moves;
      row.start = place.now.stats_reset;
      row.said = {{"db.namespace", schema},
                  {"db.collection.name", table.name},
                  {"postgresql.index.name",
                   at == 0 ? table.name + "_pkey"
                           : fmt::format("{}_idx_{}", table.name, at)},
                  {"postgresql.index.invalid", field{}}};
      rows.push_back(std::move(row));
    }
  }
  return rows;
}

std::vector<model_row> table_count_rows(const row_place& place) {
  model_row row;
  row.said = {{"db.namespace", std::string{place.database}},
              {"postgresql.table.count",
               static_cast<std::int64_t>(tables_at(place).size())}};
  return {std::move(row)};
}

} // namespace pgmuster::loadtest
