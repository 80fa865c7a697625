// Sessions of our own against a real server, on both backends of the reactor.
#include "drivers/postgres/parameters.hpp"
#include "tests/drivers/postgres/driver_fixture.hpp"

#include <poll.h>

namespace pgmuster::postgres {
namespace {

INSTANTIATE_TEST_SUITE_P(session,
                         driver_pgtest,
                         ::testing::Values(reactor_choice::io_uring,
                                           reactor_choice::epoll),
                         backend_name);

TEST_P(driver_pgtest, a_session_of_our_own_is_set_up) {
  const auto own = connect();
  ASSERT_TRUE(own);
  EXPECT_FALSE(own->facts().pooled);
  EXPECT_TRUE(own->facts().encrypted) << "sslmode=prefer on loopback";
  EXPECT_GE(own->facts().version_num, 130000);
  EXPECT_EQ(own->facts().warning, "");
  EXPECT_EQ(value(*own, "pg_backend_pid()"),
            std::to_string(own->facts().backend_pid));
  EXPECT_EQ(value(*own, "current_setting('transaction_read_only')"), "on");
  EXPECT_EQ(value(*own, "current_setting('statement_timeout')"), "3s");
  EXPECT_EQ(value(*own, "current_setting('lock_timeout')"), "100ms");
  EXPECT_EQ(value(*own, "current_setting('application_name')"), "pgmuster");
  EXPECT_EQ(value(*own, "current_setting('search_path')"), "\"\"");
}

TEST_P(driver_pgtest, one_failed_statement_leaves_the_others_alone) {
  const auto own = connect();
  ASSERT_TRUE(own);
  for (int round = 0; round < 2; ++round) {
    const auto all = run(*own, {{"a", "select 1", ""},
                                {"b", "select nowhere from pg_class", ""},
                                {"c", "select 3", ""},
                                {"d",
                                 "select 1 / (oid::int - oid::int) from "
                                 "pg_database",
                                 ""},
                                {"e", "select 5::int8", ""}});
    ASSERT_TRUE(all) << describe(all.error());
    ASSERT_EQ(all->size(), 5U);
    for (std::size_t index = 0; index < all->size(); ++index) {
      EXPECT_EQ((*all)[index].index, index);
    }
    EXPECT_EQ((*all)[0].rows->row(0)[0].integer, 1);
    EXPECT_EQ((*all)[1].rows.error().code, errc::undefined);
    EXPECT_EQ((*all)[2].rows->row(0)[0].integer, 3);
    EXPECT_EQ((*all)[3].rows.error().code, errc::statement_failed);
    EXPECT_EQ((*all)[4].rows->row(0)[0].integer, 5);
    EXPECT_TRUE(own->idle());
  }
}

TEST_P(driver_pgtest, a_parameter_arrives_exactly) {
  const auto own = connect();
  ASSERT_TRUE(own);
  const std::vector<std::int64_t> sent{1, -2, 9'223'372'036'854'775'807};
  const auto* const sql =
    "select known from unnest($1::int8[]) with ordinality as k(known, at) "
    "order by at";
  for (const auto* id : {"known", ""}) {
    for (int round = 0; round < 7; ++round) {
      const auto all = run(*own, {{id, sql, "", int8_array(sent)},
                                  {"none", sql, "", int8_array({})}});
      ASSERT_TRUE(all) << describe(all.error());
      const auto& rows = all->at(0).rows;
      ASSERT_TRUE(rows) << describe(rows.error());
      ASSERT_EQ(rows->rows(), sent.size());
      for (std::size_t at = 0; at < sent.size(); ++at) {
        EXPECT_EQ(rows->row(at)[0].integer, sent[at]);
      }
      EXPECT_EQ(all->at(1).rows->rows(), 0U);
    }
  }
}

TEST_P(driver_pgtest, rows_of_values_may_have_digests_beside_them) {
  const auto own = connect();
  ASSERT_TRUE(own);
  const auto all =
    run(*own, {{"",
                "select case when i > 1 then row(i, 'a'::text) end as entry, "
                "i as digest, null::int8 as gone "
                "from generate_series(1, 2) as i",
                ""},
               {"", "select row('1.5'::numeric)", ""},
               {"", "select row(1), 1", ""}});
  ASSERT_TRUE(all) << describe(all.error());
  const auto& rows = all->at(0).rows;
  ASSERT_TRUE(rows) << describe(rows.error());
  std::vector<cell> scratch;
  EXPECT_EQ(rows->row(0)[0].is, cell::kind::null);
  EXPECT_TRUE(rows->values(0, 2, scratch).empty());
  EXPECT_EQ(rows->row(0)[1].integer, 1);
  ASSERT_EQ(rows->values(1, 2, scratch).size(), 2U);
  EXPECT_EQ(rows->values(1, 2, scratch)[1].text(), "a");
  EXPECT_EQ(rows->row(1)[1].integer, 2);
  EXPECT_FALSE(all->at(1).rows) << "numeric is not read";
  EXPECT_FALSE(all->at(2).rows) << "whose is the number?";
}

TEST_P(driver_pgtest, values_arrive_exactly) {
  const auto own = connect();
  ASSERT_TRUE(own);
  const auto all =
    run(*own,
        {{"t",
          "select true, (-7)::int2, (-70000)::int4, 9223372036854775807::int8, "
          "4294967295::oid, '4000000000'::xid, 1.5::float4, 0.1::float8, "
          "'2024-02-29 12:00:00.000001+00'::timestamptz, "
          "'1969-12-31 23:59:59.5'::timestamp, 'infinity'::timestamptz, "
          "'naïve'::text, 'n'::name, 'v'::varchar, 'c'::\"char\", 'u', "
          "'{\"a\":1}'::json, '1/2'::pg_lsn, '1 day 00:00:01'::interval, "
          "null::int8 ",
          ""}});
  ASSERT_TRUE(all) << describe(all.error());
  ASSERT_TRUE(all->front().rows) << describe(all->front().rows.error());
  const auto row = all->front().rows->row(0);
  const std::vector<std::int64_t> integers{
    1, -7, -70'000, 9'223'372'036'854'775'807, 4'294'967'295, 4'000'000'000};
  for (std::size_t index = 0; index < integers.size(); ++index) {
    EXPECT_EQ(row[index].is, cell::kind::integer) << index;
    EXPECT_EQ(row[index].integer, integers[index]) << index;
  }
  EXPECT_EQ(row[6].real, 1.5);
  EXPECT_EQ(row[7].real, 0.1);
  EXPECT_EQ(row[8].integer, 1'709'208'000'000'001);
  EXPECT_EQ(row[9].integer, -500'000);
  EXPECT_EQ(row[10].is, cell::kind::null);
  const std::vector<std::string> texts{"naïve", "n", "v",
                                       "c",     "u", "{\"a\":1}"};
  for (std::size_t index = 0; index < texts.size(); ++index) {
    EXPECT_EQ(row[11 + index].text(), texts[index]);
  }
  EXPECT_EQ(row[17].integer, 4'294'967'298);
  EXPECT_EQ(row[18].integer, 86'401'000'000);
  EXPECT_EQ(row[19].is, cell::kind::null);
}

TEST_P(driver_pgtest, a_type_that_is_not_read_names_its_column) {
  const auto own = connect();
  ASSERT_TRUE(own);
  const auto all = run(
    *own, {{"n", "select 1.5::numeric as price", ""}, {"o", "select 1", ""}});
  ASSERT_TRUE(all);
  ASSERT_FALSE((*all)[0].rows);
  EXPECT_EQ((*all)[0].rows.error().code, errc::statement_failed);
  EXPECT_NE((*all)[0].rows.error().context.find("price"), std::string::npos);
  EXPECT_NE((*all)[0].rows.error().context.find("1700"), std::string::npos);
  EXPECT_TRUE((*all)[1].rows);
}

TEST_P(driver_pgtest, a_statement_is_prepared_once) {
  const auto own = connect();
  ASSERT_TRUE(own);
  for (int round = 0; round < 3; ++round) {
    const auto all =
      run(*own, {{"one", "select 1", ""}, {"one", "select 1", ""}});
    ASSERT_TRUE(all);
    EXPECT_TRUE((*all)[0].rows && (*all)[1].rows);
  }
  EXPECT_EQ(value(*own, "select count(*) from pg_prepared_statements"), "1");
  own->forget_prepared();
  EXPECT_EQ(value(*own, "select count(*) from pg_prepared_statements"), "0");
  const auto again = run(*own, {{"one", "select 1", ""}});
  ASSERT_TRUE(again);
  EXPECT_TRUE(again->front().rows);
}

TEST_P(driver_pgtest, a_changed_view_makes_its_statement_stale) {
  auto& server = shared_server();
  server.ask("drop view if exists public.shape");
  server.ask("create view public.shape as select 1 as a");
  const auto own = connect();
  ASSERT_TRUE(own);
  const std::vector<statement_call> calls{
    {"s", "select * from public.shape", ""}};
  ASSERT_TRUE(run(*own, calls)->front().rows);
  server.ask("create or replace view public.shape as select 1 as a, 2 as b");
  const auto stale = run(*own, calls);
  ASSERT_TRUE(stale) << describe(stale.error());
  ASSERT_FALSE(stale->front().rows);
  EXPECT_EQ(stale->front().rows.error().code, errc::stale_statement);
  own->forget_prepared();
  const auto fresh = run(*own, calls);
  ASSERT_TRUE(fresh->front().rows);
  EXPECT_EQ(fresh->front().rows->columns(), 2U);
}

TEST_P(driver_pgtest, a_large_result_is_whole) {
  const auto own = connect();
  ASSERT_TRUE(own);
  const auto all = run(*own, {{"big",
                               "select i, repeat('x', 100) from "
                               "pg_catalog.generate_series(1, 30000) i",
                               ""}});
  ASSERT_TRUE(all) << describe(all.error());
  const auto& rows = *all->front().rows;
  ASSERT_EQ(rows.rows(), 30'000U);
  EXPECT_EQ(rows.row(29'999)[0].integer, 30'000);
  EXPECT_EQ(rows.row(29'999)[1].text(), std::string(100, 'x'));
  EXPECT_GT(own->bytes_read(), 3'000'000U);
}

TEST_P(driver_pgtest, gathered_answers_are_all_there_and_only_long_ones_timed) {
  const auto own = connect();
  ASSERT_TRUE(own);
  std::vector<statement_call> calls;
  for (const auto* const text :
       {"select 1", "select 2", "select pg_catalog.pg_sleep(0.2)::text",
        "select repeat('x', 3000) from pg_catalog.generate_series(1, 3000)",
        "select 4"}) {
    calls.push_back({text, text, ""});
  }
  for (int round = 0; round < 3; ++round) {
    const auto all = run(*own, calls, milliseconds{10'000}, reading::gathered);
    ASSERT_TRUE(all) << describe(all.error());
    ASSERT_EQ(all->size(), calls.size());
    EXPECT_EQ((*all)[3].rows->rows(), 3'000U);
    EXPECT_EQ((*all)[4].rows->row(0)[0].integer, 4);
    ASSERT_TRUE((*all)[2].took);
    EXPECT_GE(*(*all)[2].took, microseconds{150'000});
    // They came with what went before.
    EXPECT_FALSE((*all)[0].took);
    EXPECT_FALSE((*all)[1].took);
  }
  for (const auto& one : run(*own, calls).value()) {
    EXPECT_TRUE(one.took);
  }
}

TEST_P(driver_pgtest, a_cancel_ends_the_statement_on_the_server) {
  auto& server = shared_server();
  const auto own = connect();
  ASSERT_TRUE(own);
  const std::string running =
    "select count(*) from pg_stat_activity where state = 'active' and pid = "
    + std::to_string(own->facts().backend_pid);
  own->notify([] {});
  ASSERT_TRUE(own->start({{"z", "select pg_catalog.pg_sleep(2.9)::text", ""}}));
  ASSERT_EQ(server.wait_for(running, "1"), "1");
  const auto sent = connector_->counts().cancels_sent;
  own->cancel();
  EXPECT_EQ(server.wait_for(running, "0"), "0");
  // Counted once the server has hung up, which may be after it obeyed.
  for (int tries = 0; tries < 500 && connector_->counts().cancels_sent == sent;
       ++tries) {
    ::poll(nullptr, 0, 10);
  }
  EXPECT_EQ(connector_->counts().cancels_sent, sent + 1);
  std::vector<statement_result> all;
  while (all.empty()) {
    auto some = own->advance();
    ASSERT_TRUE(some) << describe(some.error());
    all = std::move(some.value());
  }
  EXPECT_EQ(all.front().rows.error().code, errc::cancelled);
  EXPECT_EQ(value(*own, "1"), "1") << "the session goes on";
}

TEST_P(driver_pgtest, a_session_dropped_while_it_runs_leaves_no_backend) {
  auto& server = shared_server();
  auto own = connect(server.dsn() + " sslmode=disable");
  ASSERT_TRUE(own);
  const std::string there = "select count(*) from pg_stat_activity where pid = "
                            + std::to_string(own->facts().backend_pid);
  ASSERT_TRUE(own->start({{"z", "select pg_catalog.pg_sleep(60)::text", ""}}));
  ASSERT_EQ(server.wait_for(there + " and state = 'active'", "1"), "1");
  const auto sent = connector_->counts().cancels_sent;
  own.reset();
  EXPECT_EQ(server.wait_for(there, "0"), "0");
  EXPECT_EQ(open_in_the_end(), 0U);
  EXPECT_EQ(connector_->counts().cancels_sent, sent + 1);
}

TEST_P(driver_pgtest, a_killed_backend_is_an_error_not_a_hang) {
  auto& server = shared_server();
  const auto own = connect();
  ASSERT_TRUE(own);
  const auto pid = std::to_string(own->facts().backend_pid);
  ASSERT_EQ(server.ask("select pg_terminate_backend(" + pid + ")"), "t");
  ASSERT_EQ(server.wait_for(
              "select count(*) from pg_stat_activity where pid = " + pid, "0"),
            "0");
  const auto all = run(*own, {{"a", "select 1", ""}, {"b", "select 2", ""}});
  ASSERT_FALSE(all);
  EXPECT_EQ(all.error().code, errc::server_not_ready) << describe(all.error());
  EXPECT_FALSE(run(*own, {{"a", "select 1", ""}}));
}

TEST_P(driver_pgtest, what_came_before_a_session_ends_is_told_and_then_why) {
  for (const auto* const mode : {" sslmode=disable", " sslmode=require"}) {
    for (const auto when : {reading::prompt, reading::gathered}) {
      const auto own = connect(shared_server().dsn() + mode);
      ASSERT_TRUE(own);
      own->notify([] {});
      ASSERT_TRUE(
        own->start({{"a", "select 1", ""},
                    {"b", "select 2", ""},
                    {"c", "select pg_terminate_backend(pg_backend_pid())", ""},
                    {"d", "select 4", ""}},
                   when));
      // So that all of it is there at the first look.
      ::poll(nullptr, 0, 200);
      std::size_t told = 0;
      auto some = own->advance();
      while (some && !own->idle()) {
        for (const auto& one : *some) {
          EXPECT_TRUE(one.rows);
          ++told;
        }
        some = own->advance();
      }
      EXPECT_EQ(told, 2U) << mode;
      ASSERT_FALSE(some);
      EXPECT_EQ(some.error().code, errc::server_not_ready);
    }
  }
}

TEST_P(driver_pgtest, a_value_that_is_too_long_fails_its_call_alone) {
  for (const auto* const mode : {" sslmode=disable", " sslmode=require"}) {
    const auto own = connect(shared_server().dsn() + mode);
    ASSERT_TRUE(own);
    const auto all = run(*own, {{"a", "select 1", ""},
                                {"b", "select repeat('x', 70000000)", ""},
                                {"c", "select 3", ""}});
    ASSERT_TRUE(all) << describe(all.error());
    EXPECT_TRUE((*all)[0].rows);
    EXPECT_FALSE((*all)[1].rows);
    EXPECT_EQ((*all)[2].rows->row(0)[0].integer, 3);
  }
}

TEST_P(driver_pgtest, many_sessions_leave_no_descriptor_behind) {
  const auto& server = shared_server();
  static_cast<void>(connect());
  ASSERT_EQ(open_in_the_end(), 0U);
  const auto before = open_descriptors();
  for (int round = 0; round < 4; ++round) {
    std::vector<std::unique_ptr<session>> sessions;
    for (int made = 0; made < 15; ++made) {
      sessions.push_back(connect());
      ASSERT_TRUE(sessions.back());
      // Some go idle, some in the midst of an answer, some unread.
      if (made % 3 != 0) {
        ASSERT_TRUE(sessions.back()->start(
          {{"a", "select 1", ""},
           {"b", "select pg_catalog.pg_sleep(0.01)::text", ""}}));
      }
      if (made % 3 == 2) {
        ASSERT_TRUE(sessions.back()->advance());
      }
    }
    EXPECT_FALSE(try_connect(server.dsn("no_such_one")));
  }
  EXPECT_EQ(open_in_the_end(), 0U);
  EXPECT_EQ(open_descriptors(), before);
  const auto counts = connector_->counts();
  EXPECT_EQ(counts.started, counts.succeeded + counts.failed);
  EXPECT_EQ(counts.closed, counts.succeeded);
}

} // namespace
} // namespace pgmuster::postgres
