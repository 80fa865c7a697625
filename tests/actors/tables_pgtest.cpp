// A database with more tables than may have series: what the destination sees
// them rise by, in series of their own and in `other`, is what the server's
// view says.
#include "codec/compress.hpp"
#include "codec/otlp_decode.hpp"
#include "tests/actors/fleet_case.hpp"

#include <map>
#include <set>

namespace pgmuster::test_fleet {
namespace {

constexpr std::size_t tables = 400;
constexpr std::size_t kept = 50;
constexpr auto database = "many_tables";

/// Adds up what the counters of rows inserted rose by.
class rises final : public otlp_reader {
public:
  void on_resource(std::span<const received_attribute>) override {}
  void on_metric(const received_metric& what) override {
    ours_ = what.name == "postgresql.operations";
  }
  void on_point(const received_point& point) override {
    if (!ours_) {
      return;
    }
    std::string name;
    bool inserted = false;
    for (const auto& each : point.attributes) {
      name = each.key == "db.collection.name" ? each.value : name;
      inserted = inserted || (each.key == "operation" && each.value == "ins");
      other_ = each.key == "db.namespace" ? each.value == database : other_;
    }
    if (!inserted) {
      return;
    }
    names_.insert(name);
    const auto known = last_.find(name);
    const auto is = point.value.integer;
    if (known != last_.end()) {
      EXPECT_GT(point.time, known->second.time) << name;
      // After a reset the start is another, and all of the value is new.
      const auto rose =
        known->second.start == point.start ? is - known->second.value : is;
      EXPECT_GE(rose, 0) << name;
      total_ += rose;
    } else if (other_) {
      EXPECT_EQ(is, 0);
      EXPECT_EQ(name, "other");
    }
    last_[name] = {is, point.start, point.time};
  }

  [[nodiscard]] std::int64_t total() const { return total_; }
  [[nodiscard]] const std::set<std::string>& names() const { return names_; }
  [[nodiscard]] std::int64_t value(const std::string& name) const {
    const auto found = last_.find(name);
    return found == last_.end() ? -1 : found->second.value;
  }

private:
  struct last_point {
    std::int64_t value = 0;
    wall_time start{};
    wall_time time{};
  };
  bool ours_ = false;
  bool other_ = false;
  std::int64_t total_ = 0;
  std::map<std::string, last_point> last_;
  std::set<std::string> names_;
};

class tables_case : public fleet_case {
protected:
  void SetUp() override {
    series_.tables = kept;
    server().ask(std::string{"DROP DATABASE IF EXISTS "} + database
                 + " WITH (FORCE)");
    server().ask(std::string{"CREATE DATABASE "} + database);
    make(0, tables);
    settled();
  }

  static std::string ask(const std::string& sql) {
    return server().ask(sql, database);
  }
  /// Each has a row.
  void make(std::size_t from, std::size_t to) {
    EXPECT_EQ(ask("DO $$ BEGIN FOR i IN " + std::to_string(from) + ".."
                  + std::to_string(to - 1)
                  + " LOOP EXECUTE format('CREATE TABLE t%s (a int) WITH "
                    "(autovacuum_enabled = off)', i); "
                    "EXECUTE format('INSERT INTO t%s VALUES (1)', i); "
                    "END LOOP; END $$"),
              "");
    put_ += static_cast<std::int64_t>(to - from);
  }
  void insert(const std::string& table, std::int64_t rows) {
    EXPECT_EQ(ask("INSERT INTO " + table + " SELECT generate_series(1, "
                  + std::to_string(rows) + ")"),
              "");
    put_ += rows;
  }
  /// What the server says of the tables that there are.
  static std::int64_t inserted() {
    const auto said =
      ask("SELECT coalesce(sum(n_tup_ins), 0) FROM pg_stat_user_tables");
    EXPECT_EQ(said.find("ERROR"), std::string::npos) << said;
    return std::stoll(said);
  }
  /// Sessions tell what they did when they end, a moment later: the server has
  /// heard of all. Returns what was put in since the last time.
  std::int64_t settled() {
    EXPECT_TRUE(eventually([&] { return inserted() == base_ + put_; }))
      << inserted() << " instead of " << base_ << " + " << put_;
    base_ += put_;
    return std::exchange(put_, 0);
  }

  /// Takes in what the receiver has got since.
  const rises& seen() {
    const auto requests = receiver_.requests();
    for (; read_ < requests.size(); ++read_) {
      if (requests[read_].path != "/v1/metrics") {
        continue;
      }
      const auto body =
        decompress(compression::zstd, requests[read_].body, 16U << 20U);
      EXPECT_TRUE(body.has_value());
      EXPECT_TRUE(decoder_.decode(*body, rises_).has_value());
    }
    return rises_;
  }
  /// The destination comes to say so, and says no more than that.
  void expect_rise(std::int64_t wanted, const char* when) {
    EXPECT_TRUE(eventually([&] { return seen().total() >= wanted; })) << when;
    EXPECT_EQ(seen().total(), wanted) << when;
  }
  /// Another read of the tables has come in whole.
  void let_read() {
    const auto before = cycles();
    EXPECT_TRUE(eventually([&] { return cycles() >= before + 2; }));
  }
  double cycles() {
    const auto text = fleet_->shared().metrics->expose();
    const std::string name{"pgmuster_probe_rows_total{probe=\"tables\"}"};
    const auto at = text.find(name);
    return at == std::string::npos
             ? 0
             : std::stod(text.substr(at + name.size() + 1)) / tables;
  }

  /// All tables are reset, then one of them.
  void go_through_resets(const std::string& table, std::int64_t wanted) {
    let_read();
    ask("SELECT pg_stat_reset()");
    base_ = 0;
    settled();
    let_read();
    insert("t404", 17);
    insert(table, 19);
    wanted += settled();
    expect_rise(wanted, "after a reset");
    let_read();
    ask("SELECT pg_stat_reset_single_table_counters('t404'::regclass)");
    base_ -= 17;
    settled();
    // A table all of whose counters move in the same moment cannot be told from
    // one that was reset, too.
    let_read();
    insert(table, 23);
    wanted += settled();
    expect_rise(wanted, "after a reset of one table");
  }

  otlp_decoder decoder_;
  rises rises_;
  std::size_t read_ = 0;
  /// What the tables had when last looked at, and what was put in since.
  std::int64_t base_ = 0;
  std::int64_t put_ = 0;
};

TEST_P(tables_case, kept_and_other_rise_by_what_the_server_says) {
  auto target = target_called("crowd", server().dsn(database));
  target.databases.which = database_selection::kind::own;
  start({target});
  if (IsSkipped()) {
    return;
  }
  ASSERT_TRUE(eventually([&] { return seen().names().size() > kept; }));
  EXPECT_EQ(seen().names().size(), kept + 1) << "with other";
  EXPECT_EQ(seen().value("other"), 0);
  const auto first = seen().names();
  // Five that have no series become the busiest, one with series is busy, too.
  std::vector<std::string> busy;
  for (std::size_t i = 0; busy.size() < 5; ++i) {
    const auto name = "t" + std::to_string(i);
    if (!first.contains(name)) {
      busy.push_back(name);
    }
  }
  busy.push_back(*first.rbegin());
  for (std::size_t round = 1; round <= 4; ++round) {
    for (const auto& table : busy) {
      insert(table, 20'000);
    }
    insert("t" + std::to_string(tables - round), 3);
  }
  auto wanted = settled();
  expect_rise(wanted, "after load");
  EXPECT_GT(seen().value("other"), 0);
  for (const auto& table : busy) {
    EXPECT_TRUE(eventually([&] { return seen().names().contains(table); }))
      << table << " is busy and has no series";
  }

  make(tables, tables + 20);
  insert("t400", 7);
  wanted += settled();
  expect_rise(wanted, "after new tables");

  let_read();
  EXPECT_EQ(ask("DROP TABLE t401, t402, " + busy.front()), "");
  base_ -= 1 + 1 + 4 * 20'000 + 1;
  settled();
  insert("t403", 11);
  insert(busy.back(), 13);
  wanted += settled();
  expect_rise(wanted, "after tables were dropped");

  go_through_resets(busy.back(), wanted);

  EXPECT_LT(fleet_->shared().series.at(tenant_id{"acme"}).tenant->taken(),
            tables * 20);

  EXPECT_GT(counted("pgmuster_points_folded"), 0.0);
  const auto ended = fleet_->stop(milliseconds{5'000});
  EXPECT_TRUE(ended.balanced);
  EXPECT_EQ(ended.lost, 0U);
  EXPECT_TRUE(balanced());
  EXPECT_EQ(counted("pgmuster_cardinality_violations_total"), 0.0);
}

INSTANTIATE_TEST_SUITE_P(reactors,
                         tables_case,
                         testing::Values(reactor_choice::epoll));

} // namespace
} // namespace pgmuster::test_fleet
