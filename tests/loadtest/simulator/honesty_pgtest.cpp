// The model against a real server of the same major: the same statements have
// columns of the same types, and the collector makes the same series of them.
#include "codec/catalog/entry_rows.hpp"
#include "codec/catalog/map_rows.hpp"
#include "drivers/clock.hpp"
#include "drivers/postgres/blocking.hpp"
#include "drivers/postgres/catalog/catalog.hpp"
#include "drivers/postgres/sessions/read_sessions.hpp"
#include "loadtest/simulator/simulated_server.hpp"
#include "tests/loadtest/simulator/data_rows.hpp"
#include "tests/support/postgres/postgres_server.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <map>
#include <set>

namespace pgmuster::loadtest {
namespace {

constexpr milliseconds patience{30'000};
constexpr const char* things[] = {
  "CREATE EXTENSION pg_stat_statements",
  "CREATE TABLE orders (id int PRIMARY KEY, words text)",
  "INSERT INTO orders SELECT i, repeat('x', 9000) FROM generate_series(1, 99) "
  "i",
  "SELECT pg_create_physical_replication_slot('standby_0', true)"};

std::vector<std::string> tried_majors() {
  return std::getenv("PGMUSTER_TEST_MAJORS") != nullptr
           ? test::majors()
           : std::vector<std::string>{"13", "14", "15", "16", "17", "18"};
}

class honesty_pgtest : public ::testing::TestWithParam<std::string> {
protected:
  void SetUp() override {
    server_ = std::make_unique<test::postgres_server>(GetParam());
    ASSERT_TRUE(server_->running());
    for (const auto* sql : things) {
      const auto said = server_->ask(sql);
      ASSERT_FALSE(said.starts_with("ERROR")) << sql << ": " << said;
    }
    std::string why;
    auto started = start_reactor(reactor_choice::automatic, why);
    ASSERT_TRUE(started) << describe(started.error());
    reactor_ = std::move(*started);
    connector_ = postgres::start_connector(*reactor_, system_clock_source(), 1);
    auto all = postgres::load_catalog({});
    ASSERT_TRUE(all) << describe(all.error());
    catalog_ = std::move(*all);
    postgres::connect_request request;
    request.dsn = secret_string{server_->dsn("postgres", "postgres")};
    auto made = postgres::connect_and_wait(*connector_, std::move(request));
    ASSERT_TRUE(made) << describe(made.error());
    session_ = std::move(*made);
    begin_model();
  }

  void TearDown() override {
    session_.reset();
    if (connector_) {
      connector_->stop();
      reactor_->stop();
    }
  }

  void begin_model() {
    instance_plan plan;
    plan.major = session_->facts().version_num / 10'000;
    plan.size = std::make_shared<size_profile>(*size_profile_named("small"));
    plan.born = wall_time{seconds{1'700'000'000}};
    plan.standbys = 1;
    now_ = plan.born + seconds{5'000};
    model_ = std::make_unique<simulated_server>(
      plan, server_book::of(plan.major), std::make_shared<model_counts>());
  }

  row_set run(std::string_view sql) {
    auto all = postgres::run_and_wait(*session_, {{"", std::string{sql}, ""}},
                                      patience, system_clock_source());
    if (!all || !all->front().rows) {
      ADD_FAILURE() << describe(all ? all->front().rows.error() : all.error());
      return {};
    }
    return *all->front().rows;
  }

  wire_answer simulate(std::string_view sql) {
    wire_question question;
    question.sql = sql;
    question.binary = true;
    question.database = "app";
    question.user = "watcher";
    return model_->answer(question, 1, now_);
  }

  row_set simulated_rows(std::string_view sql) {
    const auto got = simulate(sql);
    EXPECT_EQ(got.message, "") << sql;
    auto rows = read_rows(got.data_rows);
    EXPECT_TRUE(rows);
    return rows ? cells_of(got.columns, std::move(*rows)) : row_set{};
  }

  /// The types that the real server describes, by a view over the statement.
  std::vector<std::string> real_types(const std::string& sql,
                                      std::size_t columns) {
    std::string names;
    for (std::size_t at = 0; at < columns; ++at) {
      names += fmt::format("{}c{}", at == 0 ? "" : ", ", at);
    }
    const auto made = server_->ask(
      fmt::format("CREATE OR REPLACE TEMP VIEW asked ({}) AS {}", names, sql)
      + "; SELECT string_agg(atttypid::oid::text, ',' ORDER BY attnum) FROM "
        "pg_attribute WHERE attrelid = 'asked'::regclass AND attnum > 0");
    std::vector<std::string> types;
    std::string_view rest = made;
    while (!rest.empty()) {
      types.emplace_back(rest.substr(0, rest.find(',')));
      rest.remove_prefix(std::min(rest.size(), types.back().size() + 1));
    }
    return types;
  }

  std::unique_ptr<test::postgres_server> server_;
  std::unique_ptr<reactor> reactor_;
  std::unique_ptr<postgres::connector> connector_;
  std::unique_ptr<postgres::session> session_;
  postgres::probe_catalog catalog_;
  std::unique_ptr<simulated_server> model_;
  wall_time now_{};
};

/// Each item on its own, where parts would hide their types; all of them.
postgres::probe_catalog without_parts(const postgres::probe_catalog& catalog) {
  postgres::probe_catalog made;
  for (const auto& probe : catalog) {
    auto flat = std::make_shared<probe_definition>(*probe);
    for (auto& item : flat->items) {
      item.part.clear();
    }
    flat->digests.clear();
    made.push_back(std::move(flat));
  }
  return made;
}

/// Every probe's items one by one, since a packed row has only one column.
std::string flat_sql(const negotiated_probe& probe, std::size_t& columns) {
  auto sql = probe.sql;
  columns = probe.items.size();
  const auto opening = sql.find("SELECT ROW(");
  if (opening != std::string::npos) {
    sql.replace(opening, 11, "SELECT ");
    const auto closing = sql.find("\n) AS entry");
    sql.erase(closing, 11);
  }
  return sql;
}

TEST_P(honesty_pgtest, the_shape_is_that_of_the_real_server) {
  const auto sql = postgres::shape_sql(catalog_);
  const auto version = session_->facts().version_num;
  const auto real = postgres::read_shape(run(sql), version);
  const auto simulated = postgres::read_shape(simulated_rows(sql), version);
  EXPECT_EQ(real.columns, simulated.columns);
  ASSERT_TRUE(simulated.extensions.contains("pg_stat_statements"));
  EXPECT_EQ(real.extensions.at("pg_stat_statements").version,
            simulated.extensions.at("pg_stat_statements").version);
  EXPECT_EQ(run(postgres::shape_key_sql()).rows(), 1U);
  EXPECT_EQ(simulated_rows(postgres::shape_key_sql()).rows(), 1U);
}

TEST_P(honesty_pgtest, each_item_has_the_type_it_has_on_the_real_server) {
  const auto shape = postgres::read_shape(run(postgres::shape_sql(catalog_)),
                                          session_->facts().version_num);
  const auto negotiated = negotiate(without_parts(catalog_), shape);
  EXPECT_GT(negotiated.probes.size(), 14U);
  for (const auto& probe : negotiated.probes) {
    std::size_t columns = 0;
    const auto sql = flat_sql(probe, columns);
    const auto real = real_types(sql, columns);
    const auto simulated = model_->describe(sql);
    ASSERT_EQ(real.size(), columns)
      << probe.definition->name << ": " << real.front();
    ASSERT_EQ(simulated.size(), columns) << probe.definition->name;
    for (std::size_t at = 0; at < columns; ++at) {
      EXPECT_EQ(std::to_string(simulated[at].type_oid), real[at])
        << probe.definition->name << ": "
        << probe.definition->items[probe.items[at]].expression;
    }
  }
}

/// What tells one kind of series from another, without its values.
std::set<std::string> kinds_of(const negotiated_probe& probe,
                               const row_set& rows) {
  std::set<std::string> kinds;
  const auto mapped = map_rows(probe, rows, {}, wall_time{seconds{1}});
  EXPECT_EQ(mapped.bad_cells, 0U) << mapped.first_bad;
  const auto& layout = *mapped.block.layout;
  for (const auto& row : mapped.block.rows) {
    std::string keys;
    for (std::size_t at = 0; at < layout.keys.size(); ++at) {
      keys += row.values_of_keys[at].empty() ? "" : " " + layout.keys[at];
    }
    for (std::size_t at = 0; at < layout.columns.size(); ++at) {
      if (row.values[at].present()) {
        const auto& metric = layout.metrics[layout.columns[at].metric];
        auto kind = fmt::format(
          "{} {} {}{}", metric.name, metric.unit,
          row.values[at].is == number::kind::real ? "real" : "integer", keys);
        for (const auto& [key, value] : layout.columns[at].fixed) {
          kind += " " + key + "=" + value;
        }
        kinds.insert(std::move(kind));
      }
    }
  }
  return kinds;
}

TEST_P(honesty_pgtest, the_collector_makes_the_same_series_of_both) {
  // What a quiet server has none of: standbys, waits, and what they bring.
  const std::set<std::string> only_busy = {"replication", "locks", "sessions",
                                           "standby"};
  const auto shape = postgres::read_shape(run(postgres::shape_sql(catalog_)),
                                          session_->facts().version_num);
  const auto negotiated = negotiate(catalog_, shape);
  std::size_t compared = 0;
  for (const auto& probe : negotiated.probes) {
    const auto& name = probe.definition->name;
    if (probe.definition->family != probe_family::raw
        || only_busy.contains(name)) {
      continue;
    }
    const auto real = kinds_of(probe, run(sql_for_all(probe)));
    const auto simulated = kinds_of(probe, simulated_rows(sql_for_all(probe)));
    for (const auto& kind : real) {
      // Nobody reads the real server's slot, which is told since 17.
      EXPECT_TRUE(simulated.contains(kind)
                  || kind.find("inactive_since") < kind.size())
        << name << " lacks " << kind;
    }
    compared += real.size();
    // Ages of what has not happened yet on a server that is a second old.
    for (const auto& kind : simulated) {
      EXPECT_TRUE(real.contains(kind) || kind.find(".age ") < kind.size())
        << name << " invents " << kind;
    }
  }
  EXPECT_GT(compared, 70U);
}

TEST_P(honesty_pgtest, entries_are_read_without_a_bad_value) {
  const auto shape = postgres::read_shape(run(postgres::shape_sql(catalog_)),
                                          session_->facts().version_num);
  for (const auto& probe : negotiate(catalog_, shape).probes) {
    if (probe.definition->family == probe_family::accumulated) {
      const auto real_rows = run(sql_for_all(probe));
      const auto simulated_ones = simulated_rows(sql_for_all(probe));
      const entry_rows real{probe, real_rows};
      entry_rows simulated{probe, simulated_ones};
      EXPECT_EQ(real.shape(), simulated.shape());
      ASSERT_EQ(simulated.count(), 500U);
      entry_reading one;
      for (std::size_t at = 0; at < simulated.count(); ++at) {
        simulated.decode(at, one);
        EXPECT_FALSE(one.unattributed);
      }
      EXPECT_EQ(simulated.bad().cells, 0U) << simulated.bad().first;
    }
  }
}

TEST_P(honesty_pgtest, sessions_at_work_are_read_without_a_bad_value) {
  const auto shape = postgres::read_shape(run(postgres::shape_sql(catalog_)),
                                          session_->facts().version_num);
  std::size_t sessions = 0;
  for (const auto& probe : negotiate(catalog_, shape).probes) {
    if (probe.definition->family == probe_family::sampled) {
      EXPECT_EQ(
        postgres::read_sessions(probe, run(sql_for_all(probe))).bad_cells, 0U);
      for (int later = 0; later < 60; ++later) {
        now_ += seconds{1};
        const auto seen =
          postgres::read_sessions(probe, simulated_rows(sql_for_all(probe)));
        EXPECT_EQ(seen.bad_cells, 0U);
        sessions += seen.all.size();
        for (const auto& one : seen.all) {
          EXPECT_EQ(one.key.empty(), GetParam() == "13");
        }
      }
    }
  }
  EXPECT_GT(sessions, 60U);
}

INSTANTIATE_TEST_SUITE_P(majors,
                         honesty_pgtest,
                         ::testing::ValuesIn(tried_majors()),
                         [](const auto& major) { return major.param; });

} // namespace
} // namespace pgmuster::loadtest
