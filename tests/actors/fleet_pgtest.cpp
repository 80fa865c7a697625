// The collector as a whole: what it collects, and what it survives.
#include "tests/actors/fleet_case.hpp"

#include <set>

namespace pgmuster::test_fleet {
namespace {

TEST_P(fleet_case, a_target_is_collected_and_all_points_are_acknowledged) {
  ASSERT_TRUE(server().running());
  server().ask("CREATE EXTENSION IF NOT EXISTS pg_stat_statements");
  start({target_called("one", server().dsn())});
  ASSERT_TRUE(eventually([&] { return status("one")->cycles >= 3; }));
  EXPECT_EQ(status("one")->state, "up");
  EXPECT_EQ(status("one")->role, "primary");
  EXPECT_TRUE(status("one")->sessions.has_value());
  EXPECT_TRUE(balanced());
  const auto end = fleet_->stop(milliseconds{5'000});
  EXPECT_TRUE(end.drained);
  EXPECT_TRUE(end.balanced);
  EXPECT_EQ(end.lost, 0U);
  EXPECT_GT(end.acknowledged, 100U);
  EXPECT_TRUE(balanced());
  EXPECT_EQ(credit_in_use(), 0U);
}

TEST_P(fleet_case, a_dead_target_says_so_and_costs_its_neighbour_nothing) {
  start({target_called("alive", server().dsn()),
         target_called("dead", "host=127.0.0.1 port=1 user=x dbname=x")});
  ASSERT_TRUE(eventually([&] { return status("dead")->state == "down"; }));
  ASSERT_TRUE(eventually([&] { return status("alive")->cycles >= 3; }));
  EXPECT_EQ(status("alive")->state, "up");
  EXPECT_NE(status("dead")->reason.find("refused"), std::string::npos);
  EXPECT_TRUE(balanced());
}

TEST_P(fleet_case, one_crashed_database_actor_is_started_again_alone) {
  start({target_called("first", server().dsn()),
         target_called("second", server().dsn())});
  ASSERT_TRUE(eventually([&] {
    return status("first")->cycles >= 2 && status("second")->cycles >= 2;
  }));
  auto& directory = fleet_->shared().databases;
  const auto before = directory.find("acme/first");
  const auto neighbour = directory.find("acme/second");
  ASSERT_TRUE(before);
  const auto cycles_of_neighbour = status("second")->cycles;
  caf::anon_send_exit(before, caf::exit_reason::kill);
  ASSERT_TRUE(eventually([&] {
    const auto now = directory.find("acme/first");
    return now && now != before;
  }));
  // It counts from the start again: a new actor, a new connection.
  ASSERT_TRUE(eventually([&] {
    return status("second")->cycles >= cycles_of_neighbour + 3
           && status("first")->state == "up";
  }));
  EXPECT_EQ(directory.find("acme/second"), neighbour);
  EXPECT_TRUE(balanced());
  ASSERT_TRUE(eventually([&] { return credit_in_use() == 0; }));
}

TEST_P(fleet_case, a_crashed_stage_s_points_are_counted_and_credit_returns) {
  start({target_called("one", server().dsn())});
  ASSERT_TRUE(eventually([&] { return status("one")->cycles >= 2; }));
  auto& stages = *fleet_->shared().stages;
  for (std::size_t lane = 0; lane < 2; ++lane) {
    for (std::size_t which = 0; which < pgmuster::stages; ++which) {
      caf::anon_send_exit(stages.find(lane, static_cast<stage>(which)),
                          caf::exit_reason::kill);
    }
  }
  const auto cycles = status("one")->cycles;
  ASSERT_TRUE(eventually([&] { return status("one")->cycles >= cycles + 4; }));
  EXPECT_TRUE(balanced());
  const auto end = fleet_->stop(milliseconds{5'000});
  EXPECT_TRUE(end.balanced);
  EXPECT_EQ(credit_in_use(), 0U);
  EXPECT_GT(end.acknowledged, 0U);
}

TEST_P(fleet_case, a_destination_that_refuses_for_a_while_loses_nothing) {
  for (int times = 0; times < 3; ++times) {
    scripted_answer busy;
    busy.status = 503;
    receiver_.then(busy);
  }
  scripted_answer cut;
  cut.misbehaves = scripted_answer::fault::reset;
  receiver_.then(cut);
  start({target_called("one", server().dsn())});
  ASSERT_TRUE(receiver_.wait_for(7));
  EXPECT_TRUE(balanced());
  const auto end = fleet_->stop(milliseconds{10'000});
  EXPECT_EQ(end.lost, 0U);
  EXPECT_TRUE(end.balanced);
}

TEST_P(fleet_case, a_destination_that_refuses_our_key_is_told) {
  for (int times = 0; times < 8; ++times) {
    receiver_.then({401, {}, "no such key"});
  }
  start({target_called("one", server().dsn())});
  ASSERT_TRUE(eventually([&] {
    const auto routes = fleet_->shared().routes.all();
    return std::any_of(routes.begin(), routes.end(), [](const auto& one) {
      return one.second.health.barred;
    });
  }));
}

TEST_P(fleet_case, a_destination_that_refuses_zstd_is_learned) {
  // As some receivers do: 400 for an encoding that they do not know.
  scripted_answer unknown;
  unknown.status = 400;
  receiver_.then(unknown);
  start({target_called("one", server().dsn())});
  ASSERT_TRUE(receiver_.wait_for(4));
  const auto requests = receiver_.requests();
  EXPECT_EQ(requests.at(0).headers.at("content-encoding"), "zstd");
  EXPECT_EQ(requests.at(1).headers.at("content-encoding"), "gzip");
  EXPECT_EQ(requests.back().headers.at("content-encoding"), "gzip");
  const auto end = fleet_->stop(milliseconds{5'000});
  EXPECT_EQ(end.lost, 0U);
}

TEST_P(fleet_case, databases_that_come_and_go_are_followed) {
  server().ask("DROP DATABASE IF EXISTS comes");
  start({target_called("one", server().dsn())});
  ASSERT_TRUE(eventually([&] { return status("one")->cycles >= 1; }));
  server().ask("CREATE DATABASE comes");
  auto& directory = fleet_->shared().databases;
  ASSERT_TRUE(
    eventually([&] { return bool{directory.find("acme/one/comes")}; }));
  ASSERT_TRUE(eventually([&] {
    server().ask("DROP DATABASE comes WITH (FORCE)");
    return !directory.find("acme/one/comes");
  }));
  EXPECT_TRUE(balanced());
}

TEST_P(fleet_case,
       a_database_that_is_not_collected_degrades_its_target_by_name) {
  server().ask("CREATE ROLE limited LOGIN IN ROLE pg_monitor");
  server().ask("CREATE DATABASE held");
  auto target = target_called("one", server().dsn("postgres", "limited"));
  target.databases = {database_selection::kind::listed, {"held", "absent"}};
  start({target});
  const auto is = [&](const std::string& state, const std::string& reason) {
    return eventually([&] {
      const auto now = status("one");
      return now->state == state
             && (reason.empty()
                   ? now->reason.empty()
                   : now->reason.find(reason) != std::string::npos);
    });
  };
  EXPECT_TRUE(is("degraded", "has that name: \"absent\""));
  server().ask("CREATE DATABASE absent");
  EXPECT_TRUE(is("up", "")) << status("one")->reason;
  server().ask("REVOKE SELECT ON pg_catalog.pg_index FROM public", "held");
  EXPECT_TRUE(is("degraded", "database \"held\": probe "))
    << status("one")->reason;
  server().ask("GRANT SELECT ON pg_catalog.pg_index TO public", "held");
  EXPECT_TRUE(is("up", "")) << status("one")->reason;
  server().ask("ALTER DATABASE held CONNECTION LIMIT 0");
  EXPECT_TRUE(is("degraded", "database \"held\": ")) << status("one")->reason;
  server().ask("DROP DATABASE held WITH (FORCE)");
  EXPECT_TRUE(is("degraded", "listed, and no")) << status("one")->reason;
  EXPECT_TRUE(eventually([&] {
    return status("one")->reason.find("database \"held\": ")
           == std::string::npos;
  }))
    << "of what is gone nothing fails: " << status("one")->reason;
  EXPECT_TRUE(balanced());
  (void)fleet_->stop(milliseconds{5'000});
  server().ask("DROP DATABASE absent WITH (FORCE)");
}

TEST_P(fleet_case, an_outage_is_told_of_the_instance_and_not_of_its_databases) {
  postgres_server mortal;
  ASSERT_TRUE(mortal.running());
  mortal.ask("CREATE DATABASE first");
  mortal.ask("CREATE DATABASE second");
  start({target_called("one", mortal.dsn())});
  std::set<std::string> states;
  const auto seen_until = [&](const auto& holds) {
    return eventually([&] {
      const auto now = status("one");
      states.insert(now->state);
      return holds(*now);
    });
  };
  const auto becomes = [&](const std::string& state) {
    return seen_until([&](const target_status& now) {
      return now.state == state && now.databases == 3;
    });
  };
  ASSERT_TRUE(becomes("up"));
  states.clear();
  mortal.crash();
  ASSERT_TRUE(becomes("down"));
  // Each database is tried, and refused, more than once.
  const auto failed = status("one")->cycles_failed;
  ASSERT_TRUE(seen_until(
    [&](const target_status& now) { return now.cycles_failed >= failed + 3; }));
  mortal.restart();
  ASSERT_TRUE(becomes("up"));
  const auto cycles = status("one")->cycles;
  ASSERT_TRUE(seen_until(
    [&](const target_status& now) { return now.cycles >= cycles + 3; }));
  EXPECT_EQ(states, (std::set<std::string>{"down", "up"}));
}

TEST_P(fleet_case, behind_a_pooler_a_target_is_collected_all_the_same) {
  const test::pooler pooled{server(), "transaction"};
  if (!pooled.running()) {
    GTEST_SKIP() << "no pooler to be had";
  }
  start({target_called("pooled", pooled.dsn())});
  ASSERT_TRUE(eventually([&] { return status("pooled")->cycles >= 3; }));
  EXPECT_EQ(status("pooled")->state, "up") << status("pooled")->reason;
  EXPECT_TRUE(status("pooled")->pooled);
  EXPECT_EQ(status("pooled")->role, "primary");
  const auto end = fleet_->stop(milliseconds{5'000});
  EXPECT_EQ(end.lost, 0U);
  EXPECT_TRUE(end.balanced);
}

TEST_P(fleet_case, an_extension_that_comes_later_is_found) {
  server().ask("DROP DATABASE IF EXISTS later");
  server().ask("CREATE DATABASE later");
  server().ask("CREATE EXTENSION pg_stat_statements", "later");
  start({target_called("one", server().dsn("later"))});
  ASSERT_TRUE(eventually([&] { return status("one")->cycles >= 2; }));
  server().ask("DROP EXTENSION pg_stat_statements", "later");
  ASSERT_TRUE(eventually([&] { return status("one")->state == "degraded"; }));
  // The catalog is fitted again, and asks only what is there.
  ASSERT_TRUE(eventually([&] { return status("one")->state == "up"; }))
    << status("one")->reason;
  EXPECT_TRUE(balanced());
  (void)fleet_->stop(milliseconds{5'000});
  server().ask("DROP DATABASE later WITH (FORCE)");
}

TEST_P(fleet_case, stopping_leaves_no_descriptor_actor_or_session_behind) {
  const auto before = open_descriptors();
  {
    start({target_called("one", server().dsn()),
           target_called("dead", "host=127.0.0.1 port=1 user=x dbname=x")});
    ASSERT_TRUE(eventually([&] { return status("one")->cycles >= 2; }));
    (void)fleet_->stop(milliseconds{5'000});
    EXPECT_EQ(fleet_->shared().connections.load(), 0U);
    EXPECT_EQ(fleet_->shared().connector->counts().open, 0U);
    fleet_.reset();
  }
  receiver_.stop();
  log_.reset();
  EXPECT_LE(open_descriptors(), before);
  EXPECT_EQ(server().wait_for("SELECT count(*) FROM pg_stat_activity WHERE "
                              "application_name = 'pgmuster'",
                              "0"),
            "0");
}

INSTANTIATE_TEST_SUITE_P(reactors,
                         fleet_case,
                         testing::Values(reactor_choice::io_uring,
                                         reactor_choice::epoll),
                         [](const auto& given) {
                           return given.param == reactor_choice::epoll
                                    ? "epoll"
                                    : "io_uring";
                         });

} // namespace
} // namespace pgmuster::test_fleet
