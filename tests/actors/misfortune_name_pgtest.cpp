// A name that points elsewhere, nowhere, or at nothing in time.
#include "tests/actors/misfortune_case.hpp"
#include "tests/support/dns/name_server.hpp"

namespace pgmuster::test {
namespace {

/// By name, through a door on another address of loopback.
class named_case : public misfortune_case {
protected:
  named_case() {
    names_.points_to({"127.0.0.2"});
    door_.forward_to(healthy().port());
    tune = [this](configuration& config) {
      config.process.name_servers = {names_.address()};
    };
  }

  [[nodiscard]] target_config by_name() const {
    auto dsn = door_.dsn();
    dsn.replace(dsn.find("127.0.0.1"), 9, "db.pgmuster.test");
    return make_target("sick", dsn);
  }

  /// The session is lost, and only a lookup brings it back.
  void lose_session() { door_.cut(); }

  name_server names_;
  gate door_{"127.0.0.2"};
};

TEST_P(named_case, a_name_that_points_elsewhere_is_followed) {
  gate elsewhere{"127.0.0.3", door_.port()};
  elsewhere.forward_to(healthy().port());
  tune = [this](configuration& config) {
    config.process.name_servers = {names_.address()};
    config.reconnect.after = milliseconds{2'000};
    config.reconnect.at_most = milliseconds{2'000};
  };
  begin({by_name()});
  EXPECT_EQ(elsewhere.accepted(), 0U);
  names_.points_to({"127.0.0.3"});
  door_.refuse();
  lose_session();
  expect_down("sick", "lost");
  expect_up("sick");
  EXPECT_EQ(elsewhere.open(), 1U);
  expect_all_as_before();
}

TEST_P(named_case, of_two_addresses_the_one_that_answers_is_taken) {
  gate elsewhere{"127.0.0.3", door_.port()};
  elsewhere.forward_to(healthy().port());
  begin({by_name()});
  names_.points_to({"127.0.0.2", "127.0.0.3"});
  door_.refuse();
  lose_session();
  ASSERT_TRUE(eventually([&] { return elsewhere.open() == 1; }));
  ASSERT_TRUE(eventually([&] { return status("sick")->state == "up"; }));
  expect_nothing_leaked();
}

TEST_P(named_case, a_name_that_does_not_exist_is_told) {
  begin({by_name()});
  names_.knows_no_name();
  lose_session();
  expect_down("sick", "did not resolve");
  EXPECT_NE(told("sick", "reason").find("db.pgmuster.test"), std::string::npos);
  endure();
  names_.points_to({"127.0.0.2"});
  expect_up("sick");
  expect_all_as_before();
}

TEST_P(named_case, a_name_server_that_fails_is_told) {
  begin({by_name()});
  names_.fails();
  lose_session();
  expect_down("sick", "did not resolve");
  endure();
  names_.points_to({"127.0.0.2"});
  expect_up("sick");
  expect_all_as_before();
}

TEST_P(named_case, a_name_server_that_hangs_keeps_nobody_else_waiting) {
  begin({by_name()});
  names_.stays_silent();
  lose_session();
  expect_down("sick", "did not resolve");
  const auto asked = names_.asked();
  // A neighbour connects anew while our lookups hang.
  healthy().end_sessions_of_ours();
  endure();
  EXPECT_GT(names_.asked(), asked);
  for (const auto* name : {"near-1", "near-2", "far"}) {
    EXPECT_TRUE(eventually([&] { return status(name)->state == "up"; }));
  }
  names_.points_to({"127.0.0.2"});
  expect_up("sick");
  expect_nothing_leaked();
  stop();
}

INSTANTIATE_TEST_SUITE_P(reactors, named_case, both_reactors(), reactor_name);

} // namespace
} // namespace pgmuster::test
