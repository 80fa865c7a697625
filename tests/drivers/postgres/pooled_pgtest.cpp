// Behind PgBouncer: recognised, one transaction a call, nothing left open.
#include "drivers/postgres/parameters.hpp"
#include "tests/drivers/postgres/driver_fixture.hpp"

namespace pgmuster::postgres {
namespace {

class pooled_pgtest : public driver_pgtest {};

INSTANTIATE_TEST_SUITE_P(pooled,
                         pooled_pgtest,
                         ::testing::Values(reactor_choice::io_uring,
                                           reactor_choice::epoll),
                         backend_name);

TEST_P(pooled_pgtest, each_call_is_a_transaction_that_ends) {
  for (const std::string mode : {"transaction", "session"}) {
    const test::pooler pooler{shared_server(), mode};
    ASSERT_TRUE(pooler.running());
    const auto pooled = connect(pooler.dsn());
    ASSERT_TRUE(pooled);
    EXPECT_TRUE(pooled->facts().pooled);
    const std::string identity = "select current_setting('lock_timeout'), "
                                 "current_setting('transaction_read_only')";
    const auto all =
      run(*pooled, {{"a", "select 1", identity},
                    {"b", "select nowhere", identity},
                    {"c", "select current_setting('statement_timeout')", ""},
                    {"d", "create table t ()", ""},
                    {"e", "select 5", identity},
                    {"f", "select 1 / (5 - 5)", ""},
                    {"g", "select unnest($1::int8[])", identity,
                     int8_array(std::vector<std::int64_t>{-7})}});
    ASSERT_TRUE(all) << describe(all.error());
    ASSERT_EQ(all->size(), 7U);
    EXPECT_EQ((*all)[0].rows->row(0)[0].integer, 1);
    ASSERT_EQ((*all)[0].companion.rows(), 1U);
    EXPECT_EQ((*all)[0].companion.row(0)[0].text(), "100ms");
    EXPECT_EQ((*all)[0].companion.row(0)[1].text(), "on");
    EXPECT_EQ((*all)[1].rows.error().code, errc::undefined);
    EXPECT_EQ((*all)[2].rows->row(0)[0].text(), "3s");
    EXPECT_EQ((*all)[2].companion.rows(), 0U);
    EXPECT_FALSE((*all)[3].rows) << "read only";
    EXPECT_EQ((*all)[4].rows->row(0)[0].integer, 5);
    EXPECT_FALSE((*all)[5].rows);
    ASSERT_TRUE((*all)[6].rows) << describe((*all)[6].rows.error());
    EXPECT_EQ((*all)[6].rows->row(0)[0].integer, -7);
    EXPECT_EQ((*all)[6].companion.rows(), 1U);
    EXPECT_EQ(
      shared_server().wait_for("select count(*) from pg_stat_activity where "
                               "state like 'idle in transaction%'",
                               "0"),
      "0");
  }
}

TEST_P(pooled_pgtest, the_pooled_server_keeps_its_own_settings) {
  const test::pooler pooler{shared_server(), "transaction"};
  const auto pooled = connect(pooler.dsn());
  ASSERT_TRUE(pooled);
  ASSERT_TRUE(run(*pooled, {{"a", "select 1", ""}}));
  // The same server connection, seen outside a transaction of ours.
  const auto other = connect(pooler.dsn());
  ASSERT_TRUE(other);
  EXPECT_EQ(shared_server().ask("select count(*) from pg_stat_activity where "
                                "application_name = 'pgmuster'"),
            "0");
  EXPECT_EQ(shared_server().ask("select count(*) from pg_stat_activity where "
                                "query ~* '^set '"),
            "0");
}

TEST_P(pooled_pgtest, a_session_dropped_while_it_runs_is_cancelled) {
  auto& server = shared_server();
  const test::pooler pooler{server, "transaction"};
  auto pooled = connect(pooler.dsn());
  ASSERT_TRUE(pooled);
  const std::string running = "select count(*) from pg_stat_activity where "
                              "state = 'active' and query like '%_sleep(2.8)%'"
                              " and pid <> pg_backend_pid()";
  ASSERT_TRUE(
    pooled->start({{"z", "select pg_catalog.pg_sleep(2.8)::text", ""}}));
  ASSERT_EQ(server.wait_for(running, "1"), "1");
  const auto sent = connector_->counts().cancels_sent;
  pooled.reset();
  EXPECT_EQ(server.wait_for(running, "0"), "0");
  EXPECT_EQ(open_in_the_end(), 0U);
  EXPECT_EQ(connector_->counts().cancels_sent, sent + 1);
}

} // namespace
} // namespace pgmuster::postgres
