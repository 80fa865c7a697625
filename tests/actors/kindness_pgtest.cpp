// What a server may expect of us: few connections, one cycle at a time, an end
// at the deadline, and no storm when it comes back.
#include "actors/messages.hpp"
#include "drivers/postgres/connector_core.hpp"
#include "tests/actors/misfortune_case.hpp"

#include <fmt/format.h>

#include <poll.h>

#include <fstream>
#include <future>

namespace pgmuster::test {
namespace {

class kindness : public misfortune_case {
protected:
  void SetUp() override {
    misfortune_case::SetUp();
    if (IsSkipped()) {
      return;
    }
    ASSERT_TRUE(server_.running());
    server_.ask("CREATE ROLE observer LOGIN IN ROLE pg_monitor");
    // Each look is a new one: the view is otherwise the same all through a
    // transaction.
    server_.ask(
      "CREATE FUNCTION most_at_once(whose text, during float8) RETURNS text "
      "LANGUAGE plpgsql AS $$ "
      "DECLARE now_there int; most int := 0; looks int := 0; "
      "  ends timestamptz := clock_timestamp() + during * interval '1 s'; "
      "BEGIN WHILE clock_timestamp() < ends LOOP "
      "  PERFORM pg_stat_clear_snapshot(); "
      "  SELECT count(*) INTO now_there FROM pg_stat_activity "
      "    WHERE usename = whose; "
      "  most := greatest(most, now_there); looks := looks + 1; "
      "  PERFORM pg_sleep(0.0005); "
      "END LOOP; "
      "RETURN most; END $$");
  }

  /// The most connections of a role, seen by looking all the time.
  std::future<std::string> watch(const std::string& role, int for_seconds) {
    return std::async(std::launch::async, [this, role, for_seconds] {
      return server_.ask(
        fmt::format("SELECT most_at_once('{}', {})", role, for_seconds));
    });
  }

  /// A folder with one probe that sleeps.
  std::filesystem::path naps(std::string_view statement) const {
    const auto folder = std::filesystem::temp_directory_path()
                        / fmt::format("naps.{}", server_.port());
    std::filesystem::create_directories(folder);
    std::ofstream{folder / "nap.sql"} << statement;
    return folder;
  }

  std::string sessions(const std::string& column,
                       const std::string& such = "true") const {
    return server_.ask(fmt::format(
      "SELECT {} FROM pg_stat_activity WHERE usename = 'observer' AND {}",
      column, such));
  }

  postgres_server server_;
};

TEST_P(kindness, a_target_never_has_more_connections_than_permitted) {
  auto crowded = make_target("crowded", server_.dsn("postgres", "observer"));
  crowded.databases.which = database_selection::kind::all;
  settles = false;
  watched = {&server_};
  for (int which = 0; which < 12; ++which) {
    server_.ask(fmt::format("CREATE DATABASE stays_{}", which));
  }
  begin({crowded});
  auto most = watch("observer", 8);
  const auto& directory = fleet_->shared().databases;
  const auto under_way = [&] {
    return most.wait_for(milliseconds{0}) != std::future_status::ready;
  };
  int round = 0;
  for (; under_way(); ++round) {
    const auto name = fmt::format("comes_{}", round % 3);
    server_.ask("CREATE DATABASE " + name);
    (void)::poll(nullptr, 0, 100);
    if (round % 3 == 0) {
      sessions("count(pg_terminate_backend(pid))");
    } else if (round % 3 == 1) {
      caf::anon_send_exit(directory.find("acme/crowded"),
                          caf::exit_reason::kill);
      caf::anon_send_exit(directory.find("acme/crowded/stays_1"),
                          caf::exit_reason::kill);
    }
    server_.ask(fmt::format("DROP DATABASE {} WITH (FORCE)", name));
  }
  EXPECT_GT(round, 3);
  EXPECT_EQ(most.get(), "2");
  expect_up("crowded");
  EXPECT_TRUE(balanced());
}

TEST_P(kindness, more_connections_are_used_when_more_are_permitted) {
  auto crowded = make_target("crowded", server_.dsn("postgres", "observer"));
  crowded.databases.which = database_selection::kind::all;
  settles = false;
  for (int which = 0; which < 12; ++which) {
    server_.ask(fmt::format("CREATE DATABASE stays_{}", which));
  }
  // Long enough that the cycles of a dozen databases must overlap.
  const auto folder =
    naps("-- probe: nap\n-- summary: sleeps\n"
         "-- scope: database\n-- versions: 13-\nSELECT\n"
         "  pg_catalog.pg_sleep(0.2)::text -- attribute slept\n"
         ", 1 -- gauge test.naps {nap} : naps that ended\n");
  tune = [&](configuration& config) {
    config.probes_directory = folder;
    config.process.target_connections = 4;
  };
  begin({crowded});
  const auto most = std::stoi(watch("observer", 8).get());
  EXPECT_GT(most, 2);
  EXPECT_LE(most, 4);
  std::filesystem::remove_all(folder);
}

TEST_P(kindness,
       a_probe_that_says_it_is_not_supported_is_told_and_not_repeated) {
  server_.ask(
    "CREATE FUNCTION public.unsupported() RETURNS int LANGUAGE plpgsql AS "
    "$$ BEGIN RAISE 'not here' USING ERRCODE = '0A000'; END $$");
  healthy().ask("CREATE FUNCTION public.unsupported() RETURNS int LANGUAGE sql "
                "AS 'SELECT 1'");
  const auto folder = naps(
    "-- probe: nap\n-- summary: is not supported\n-- versions: 13-\nSELECT\n"
    "  public.unsupported() -- gauge test.naps {nap} : naps that ended\n");
  tune = [&](configuration& config) { config.probes_directory = folder; };
  begin({make_target("elsewhere", server_.dsn("postgres", "observer"))},
        {"elsewhere"});
  ASSERT_TRUE(eventually(
    [&] { return !log_lines("elsewhere", "a probe failed").empty(); }));
  const auto cycles = status("elsewhere")->cycles;
  ASSERT_TRUE(
    eventually([&] { return status("elsewhere")->cycles > cycles + 3; }));
  EXPECT_EQ(log_lines("elsewhere", "a probe failed").size(), 1U);
  EXPECT_NE(status("elsewhere")->reason.find("nap"), std::string::npos)
    << status("elsewhere")->reason;
  healthy().ask("DROP FUNCTION public.unsupported()");
  std::filesystem::remove_all(folder);
}

TEST_P(kindness, at_our_deadline_the_query_is_cancelled_on_the_server) {
  const auto folder = naps(
    "-- probe: nap\n-- summary: sleeps as long as it is told\n"
    "-- versions: 13-\nSELECT\n"
    "  pg_catalog.pg_sleep(n.seconds)::text -- attribute slept\n"
    ", 1 -- gauge test.naps {nap} : naps that ended\nFROM public.nap AS n\n");
  const std::string table = "CREATE TABLE IF NOT EXISTS public.nap (seconds "
                            "float8); GRANT SELECT ON public.nap TO public";
  server_.ask(table);
  healthy().ask(table);
  tune = [&](configuration& config) {
    config.probes_directory = folder;
    config.timeouts.statement = seconds{100};
    config.timeouts.probe = seconds{100};
    config.timeouts.cycle = milliseconds{2'500};
  };
  begin({make_target("sleepy", server_.dsn("postgres", "observer"))});
  const auto pid = sessions("pid");
  const auto skipped = status("sleepy")->cycles_skipped;
  server_.ask("INSERT INTO public.nap VALUES (90)");
  const std::string asleep = "state = 'active' AND wait_event = 'PgSleep'";
  ASSERT_TRUE(eventually([&] { return sessions("count(*)", asleep) == "1"; }));
  server_.ask("DELETE FROM public.nap");
  // One cycle at a time: the next ones wait, and nobody asks beside it.
  EXPECT_EQ(watch("observer", 1).get(), "1");
  // Neither its 90 s nor the server's own 100 s: our word ended it.
  ASSERT_TRUE(eventually([&] { return sessions("count(*)", asleep) == "0"; }));
  EXPECT_EQ(sessions("pid"), pid) << "the session was closed, not spared";
  // The server's word for it is on its way to us when the query is gone there.
  ASSERT_TRUE(eventually(
    [&] { return log_lines("sleepy", "a probe works again").size() == 1; }));
  EXPECT_EQ(log_lines("sleepy", "a probe failed").size(), 1U);
  EXPECT_GE(figure("pgmuster_cycle_deadlines_total"), 1);
  EXPECT_TRUE(eventually(
    [&] { return status("sleepy")->cycles_skipped >= skipped + 1; }));
  expect_up("sleepy");
  expect_all_as_before();
  healthy().ask("DROP TABLE public.nap");
  std::filesystem::remove_all(folder);
}

TEST_P(kindness, servers_that_come_back_at_once_are_met_at_the_rate) {
  constexpr std::size_t rate = 4;
  constexpr std::size_t many = 12;
  tune = [](configuration& config) {
    config.process.connects_per_second = rate;
  };
  std::vector<target_config> all;
  for (std::size_t which = 0; which < many; ++which) {
    all.push_back(make_target(fmt::format("back-{}", which),
                              server_.dsn("postgres", "observer")));
  }
  begin(all);
  server_.restart();
  const auto began = std::stod(
    server_.ask("SELECT extract(epoch FROM pg_postmaster_start_time())"));
  ASSERT_TRUE(
    eventually([&] { return sessions("count(*)") == std::to_string(many); }));
  for (std::size_t nth = 0; nth < many; ++nth) {
    const auto at = std::stod(server_.ask(fmt::format(
      "SELECT extract(epoch FROM backend_start) FROM pg_stat_activity WHERE "
      "usename = 'observer' ORDER BY backend_start OFFSET {} LIMIT 1",
      nth)));
    // Late ones break no rate; one more for the time between two clocks.
    EXPECT_LE(static_cast<double>(nth + 1),
              static_cast<double>(rate) * (at - began)
                + static_cast<double>(postgres::connect_burst(rate)) + 1);
  }
  for (const auto& one : all) {
    expect_up(one.name.value());
  }
  expect_all_as_before();
}

TEST_P(kindness, a_stale_tick_begins_no_second_chain_of_ticks) {
  begin({make_target("steady", server_.dsn("postgres", "observer"))});
  const auto before = status("steady");
  const auto actor = fleet_->shared().databases.find("acme/steady");
  ASSERT_TRUE(actor);
  for (int stale = 0; stale < 50; ++stale) {
    cafc::tell(actor, pgmuster::tick{mono_time{seconds{stale}}});
  }
  ASSERT_TRUE(
    eventually([&] { return status("steady")->cycles >= before->cycles + 4; }));
  // Each further chain would come with a tick of its own each second, which
  // finds the cycle of the first one still running.
  EXPECT_LT(status("steady")->cycles_skipped, before->cycles_skipped + 40);
}

INSTANTIATE_TEST_SUITE_P(reactors, kindness, both_reactors(), reactor_name);

} // namespace
} // namespace pgmuster::test
