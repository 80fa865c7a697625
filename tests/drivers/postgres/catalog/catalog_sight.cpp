// Negotiates, asks, maps: what the daemon does in a cycle, one after the other.
#include "tests/drivers/postgres/catalog/catalog_sight.hpp"

#include "drivers/clock.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

namespace pgmuster::postgres {

namespace {

constexpr milliseconds patience{30'000};

[[nodiscard]] bool holds(const block_layout& layout,
                         const point_row& row,
                         const attributes& fixed,
                         const attribute& wanted) {
  if (std::find(fixed.begin(), fixed.end(), wanted) != fixed.end()) {
    return true;
  }
  const auto key =
    std::find(layout.keys.begin(), layout.keys.end(), wanted.key);
  return key != layout.keys.end()
         && row.values_of_keys.at(
              static_cast<std::size_t>(key - layout.keys.begin()))
              == wanted.value;
}

/// Looks in one block only.
[[nodiscard]] number value_in(const point_block& block,
                              std::string_view metric,
                              const attributes& among) {
  for (const auto& row : block.rows) {
    for (std::size_t at = 0; at < block.layout->columns.size(); ++at) {
      const auto& column = block.layout->columns[at];
      const bool meant =
        block.layout->metrics[column.metric].name == metric
        && std::all_of(among.begin(), among.end(), [&](const auto& one) {
             return holds(*block.layout, row, column.fixed, one);
           });
      if (meant && row.values.at(at).present()) {
        return row.values[at];
      }
    }
  }
  return {};
}

} // namespace

number sight::value(std::string_view metric, const attributes& among) const {
  for (const auto& [name, answer] : answers) {
    if (answer.points.block.layout) {
      const auto found = value_in(answer.points.block, metric, among);
      if (found.present()) {
        return found;
      }
    }
  }
  return {};
}

observer::observer() {
  std::string why;
  auto started = start_reactor(reactor_choice::automatic, why);
  EXPECT_TRUE(started) << describe(started.error());
  reactor_ = std::move(*started);
  connector_ = start_connector(*reactor_, system_clock_source(), 1);
  auto all = load_catalog({});
  EXPECT_TRUE(all) << describe(all.error());
  catalog_ = std::move(*all);
}

observer::~observer() {
  connector_->stop();
  reactor_->stop();
}

std::unique_ptr<session> observer::connect(const std::string& dsn) {
  connect_request request;
  request.dsn = secret_string{dsn};
  auto made = connect_and_wait(*connector_, std::move(request));
  EXPECT_TRUE(made) << describe(made.error());
  return made ? std::move(*made) : nullptr;
}

row_set
observer::run(session& on, std::string_view sql, const std::string& parameter) {
  auto all = run_and_wait(on, {{"", std::string{sql}, "", parameter}}, patience,
                          system_clock_source());
  if (!all || !all->front().rows) {
    ADD_FAILURE() << describe(all ? all->front().rows.error() : all.error())
                  << "\n"
                  << sql;
    return {};
  }
  return *all->front().rows;
}

sight observer::look(session& on) const {
  return look_with(catalog_, on);
}

sight observer::look(session& on, const std::string& probe) {
  auto parsed = parse_probe(probe, "given.sql");
  EXPECT_TRUE(parsed) << describe(parsed.error());
  return look_with(
    {std::make_shared<const probe_definition>(std::move(*parsed))}, on);
}

sight observer::look_with(const probe_catalog& catalog, session& on) {
  sight seen;
  const auto shape =
    read_shape(run(on, shape_sql(catalog)), on.facts().version_num);
  seen.catalog = negotiate(catalog, shape);
  for (const auto& probe : seen.catalog.probes) {
    auto& got = seen.answers[probe.definition->name];
    got.rows = run(on, sql_for_all(probe));
    got.points = map_rows(probe, got.rows, {}, wall_time{seconds{1}});
    EXPECT_EQ(got.points.bad_cells, 0U)
      << probe.definition->name << ": " << got.points.first_bad;
    if (probe.definition->family == probe_family::raw) {
      std::set<std::vector<std::string>> identities;
      for (const auto& row : got.points.block.rows) {
        EXPECT_TRUE(identities.insert(row.values_of_keys).second)
          << probe.definition->name << ": two rows are one series";
      }
    }
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

sight observer::look(const std::string& dsn) {
  const auto on = connect(dsn);
  return on ? look(*on) : sight{};
}

} // namespace pgmuster::postgres
