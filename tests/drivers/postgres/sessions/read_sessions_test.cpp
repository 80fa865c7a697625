// Sessions are read from the built-in probe's rows, of servers old and new.
#include "codec/catalog/entry_key.hpp"
#include "drivers/postgres/catalog/catalog.hpp"
#include "drivers/postgres/sessions/read_sessions.hpp"

#include <gtest/gtest.h>

#include <map>

namespace pgmuster::postgres {
namespace {

negotiated_probe built_in(int version_num, bool with_query_id) {
  auto all = load_catalog({});
  EXPECT_TRUE(all) << describe(all.error());
  server_shape shape;
  shape.version_num = version_num;
  auto& columns = shape.columns["pg_stat_activity"];
  for (const auto* column :
       {"datid", "datname", "pid", "usesysid", "usename", "application_name",
        "client_addr", "client_port", "xact_start", "query_start",
        "state_change", "wait_event_type", "wait_event", "state",
        "backend_xmin", "query", "backend_type"}) {
    columns.insert(column);
  }
  if (with_query_id) {
    columns.insert("query_id");
  }
  for (auto& one : negotiate(*all, shape).probes) {
    if (one.definition->family == probe_family::sampled) {
      return one;
    }
  }
  ADD_FAILURE() << "there is no sampled probe";
  return {};
}

row_set rows_of(const negotiated_probe& probe,
                const std::vector<std::map<std::string, cell>>& said) {
  std::vector<cell> cells;
  for (const auto& row : said) {
    for (const auto at : probe.items) {
      const auto& item = probe.definition->items[at];
      const auto found = row.find(item.name);
      cells.push_back(found == row.end() ? cell{} : found->second);
    }
  }
  return {probe.items.size(), std::move(cells), nullptr};
}

const std::map<std::string, cell> waiter{
  {"db.namespace", cell::of(std::string_view{"shop"})},
  {"user.name", cell::of(std::string_view{"alice"})},
  {"postgresql.state", cell::of(std::string_view{"active"})},
  {"postgresql.wait_event_type", cell::of(std::string_view{"Lock"})},
  {"postgresql.wait_event", cell::of(std::string_view{"transactionid"})},
  {"dbid", cell::of(std::int64_t{16'384})},
  {"userid", cell::of(std::int64_t{10})},
  {"queryid", cell::of(std::int64_t{-77})},
  {"pid", cell::of(std::int64_t{4'711})},
  {"query", cell::of(std::string_view{"UPDATE t SET a = 'x'"})},
  {"query_start", cell::of(std::int64_t{1'000})},
  {"now", cell::of(std::int64_t{3'000})},
  {"blocked_by", cell::of(std::string_view{"{12,13,12,0}"})},
  {"rows_found", cell::of(std::int64_t{5})}};

TEST(read_sessions, every_item_finds_its_member) {
  const auto probe = built_in(160'000, true);
  const auto seen = read_sessions(probe, rows_of(probe, {waiter}));
  ASSERT_EQ(seen.all.size(), 1U);
  const auto& one = seen.all.front();
  EXPECT_EQ(one.id, 4'711);
  EXPECT_EQ(one.database, "shop");
  EXPECT_EQ(one.user, "alice");
  EXPECT_EQ(one.wait_type, "Lock");
  EXPECT_EQ(one.wait, "transactionid");
  EXPECT_EQ(one.query_id, -77);
  EXPECT_EQ(one.query_start, 1'000);
  EXPECT_EQ(one.text, "UPDATE t SET a = 'x'");
  EXPECT_EQ(one.blocked_by, (std::vector<std::int64_t>{12, 13}));
  EXPECT_EQ(one.series, (std::vector<std::string>{"shop", "alice", "active",
                                                  "Lock", "transactionid"}));
  EXPECT_EQ(seen.server_now, 3'000);
  EXPECT_EQ(seen.turned_away, 4U);
  EXPECT_EQ(seen.bad_cells, 0U);
  std::string key;
  for (const std::int64_t item : {16'384, 10, -77, 1}) {
    append_key_item(key, item);
  }
  EXPECT_EQ(one.key, key) << "as its entry in pg_stat_statements";
}

TEST(read_sessions, before_14_there_is_no_identity_but_the_text) {
  const auto probe = built_in(130'000, false);
  EXPECT_TRUE(probe.left_out.empty()) << probe.left_out.front();
  auto old = waiter;
  old["queryid"] = cell::of(std::int64_t{0});
  const auto seen = read_sessions(probe, rows_of(probe, {old}));
  ASSERT_EQ(seen.all.size(), 1U);
  EXPECT_EQ(seen.all.front().key, "");
  EXPECT_EQ(seen.all.front().query_id, 0);
}

TEST(read_sessions, a_null_is_nothing_and_what_does_not_fit_is_counted) {
  const auto probe = built_in(160'000, true);
  auto odd = waiter;
  odd["queryid"] = {};
  odd["postgresql.wait_event"] = {};
  odd["pid"] = cell::of(std::string_view{"text"});
  const auto seen = read_sessions(probe, rows_of(probe, {odd}));
  EXPECT_EQ(seen.bad_cells, 1U);
  EXPECT_EQ(seen.all.front().key, "");
  EXPECT_EQ(seen.all.front().wait, "");
}

TEST(read_sessions, idle_in_a_transaction_is_known_by_its_state) {
  const auto probe = built_in(160'000, true);
  auto idle = waiter;
  idle["postgresql.state"] =
    cell::of(std::string_view{"idle in transaction (aborted)"});
  EXPECT_TRUE(read_sessions(probe, rows_of(probe, {idle}))
                .all.front()
                .idle_in_transaction);
  EXPECT_FALSE(read_sessions(probe, rows_of(probe, {waiter}))
                 .all.front()
                 .idle_in_transaction);
}

TEST(read_pids, a_number_that_was_cut_off_is_left_out) {
  EXPECT_EQ(read_pids("{1,22,33"), (std::vector<std::int64_t>{1, 22}));
  EXPECT_EQ(read_pids("{7}"), (std::vector<std::int64_t>{7}));
  for (const auto* none : {"", "{", "{}", "7", "{x}", "{1x}"}) {
    EXPECT_TRUE(read_pids(none).empty()) << none;
  }
}

} // namespace
} // namespace pgmuster::postgres
