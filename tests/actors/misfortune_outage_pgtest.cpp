// A server that stops, dies, comes back, or is another one from now on.
#include "tests/actors/misfortune_case.hpp"

#include <algorithm>

namespace pgmuster::test {
namespace {

/// Long enough to be seen, although the server is back at once.
void reconnect_late(configuration& config) {
  config.reconnect.after = milliseconds{3'000};
  config.reconnect.at_most = milliseconds{3'000};
}

/// The cycle's own deadline would come after the case has given up.
void cycle_without_end(configuration& config) {
  config.timeouts.cycle = milliseconds{600'000};
}

TEST_P(misfortune_case,
       a_server_stopped_amid_a_row_is_down_at_that_probe_s_end) {
  postgres_server server;
  gate door;
  door.forward_to(server.port());
  watched = {&server};
  tune = cycle_without_end;
  begin({make_target("sick", door.dsn())});
  door.stop_in_row(40);
  ASSERT_TRUE(eventually([&] { return door.stopped_in_row(); }));
  server.pause();
  expect_down("sick", "did not answer the probe");
  // It is tried again meanwhile: its kernel accepts, nobody answers.
  expect_reason("sick", "no answer in time to our greeting");
  endure();
  server.resume();
  expect_up("sick");
  expect_all_as_before();
}

TEST_P(misfortune_case, a_server_stopped_between_cycles_is_down_in_time) {
  postgres_server server;
  watched = {&server};
  tune = cycle_without_end;
  begin({make_target("sick", server.dsn())});
  server.pause();
  expect_down("sick", "timed out");
  endure();
  server.resume();
  expect_up("sick");
  expect_all_as_before();
}

TEST_P(misfortune_case, a_server_that_was_killed_is_told_until_it_is_back) {
  postgres_server server;
  watched = {&server};
  begin({make_target("sick", server.dsn())});
  server.crash();
  expect_down("sick", "refused");
  endure();
  server.restart();
  expect_up("sick");
  expect_all_as_before();
}

TEST_P(misfortune_case, a_server_that_restarts_is_a_new_incarnation) {
  postgres_server server;
  watched = {&server};
  tune = reconnect_late;
  begin({make_target("sick", server.dsn())});
  server.restart();
  expect_down("sick", "");
  expect_up("sick");
  expect_all_as_before();
}

TEST_P(misfortune_case, a_session_ended_by_an_administrator_is_told_as_such) {
  postgres_server server;
  watched = {&server};
  tune = reconnect_late;
  begin({make_target("sick", server.dsn())});
  server.end_sessions_of_ours();
  expect_down("sick", "due to administrator command");
  expect_up("sick");
  expect_all_as_before();
}

TEST_P(misfortune_case, a_session_killed_for_want_of_memory_is_begun_anew) {
  postgres_server server;
  watched = {&server};
  tune = reconnect_late;
  begin({make_target("sick", server.dsn())});
  server.kill_session_of_ours();
  expect_down("sick", "connection");
  expect_up("sick");
  expect_all_as_before();
}

/// As delivered last, of the role that runs one statement only; -1: none yet.
double calls_of_shopper(const exported_points& all) {
  double last = -1;
  for (const auto& one : all.of("sick", "postgresql.statement.calls")) {
    if (one.attributes.find("shopper") != std::string::npos) {
      last = one.value;
    }
  }
  return last;
}

void run(const postgres_server& server, int times) {
  for (int done = 0; done < times; ++done) {
    server.ask("SET ROLE shopper; SELECT count(*) FROM orders");
  }
}

TEST_P(misfortune_case, a_failover_to_higher_counters_adds_nothing) {
  postgres_server first;
  postgres_server second;
  for (const auto* server : {&first, &second}) {
    server->ask("CREATE EXTENSION pg_stat_statements; CREATE TABLE orders(); "
                "CREATE ROLE shopper; GRANT SELECT ON orders TO shopper");
  }
  run(second, 500);
  run(first, 1);
  gate door;
  door.forward_to(first.port());
  watched = {&first, &second};
  tune = [](configuration& config) {
    reconnect_late(config);
    // A series is kept once its text is known.
    config.intervals.by_name["statement_texts"] = milliseconds{1'000};
  };
  begin({make_target("sick", door.dsn())});
  const auto calls = [this] {
    exported_.read();
    return calls_of_shopper(exported_);
  };
  // A statement has a series of its own after its first move.
  run(first, 1);
  ASSERT_TRUE(eventually([&] { return calls() == 0; })) << calls();
  run(first, 10);
  ASSERT_TRUE(eventually([&] { return calls() == 10; })) << calls();
  // Behind the same name there is now another server.
  door.forward_to(second.port());
  door.cut();
  expect_down("sick", "lost");
  expect_up("sick");
  endure();
  EXPECT_EQ(calls(), 10);
  run(second, 7);
  EXPECT_TRUE(eventually([&] { return calls() == 17; })) << calls();
  // And back, so that everything is as it was.
  door.forward_to(first.port());
  door.cut();
  expect_down("sick", "lost");
  expect_up("sick");
  expect_all_as_before();
}

INSTANTIATE_TEST_SUITE_P(reactors,
                         misfortune_case,
                         both_reactors(),
                         reactor_name);

} // namespace
} // namespace pgmuster::test
