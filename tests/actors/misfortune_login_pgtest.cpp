// A server that answers, and refuses us.
#include "tests/actors/misfortune_case.hpp"

#include <fstream>

namespace pgmuster::test {
namespace {

/// With few connections, three of them for superusers only.
const std::vector<std::string> small{"max_connections = 8"};

/// As `role`, with a password from a file.
target_config with_password(const postgres_server& server,
                            const std::filesystem::path& file) {
  auto made = make_target("sick", server.dsn("postgres", "scram"));
  made.password = {password_source::kind::file, file.string()};
  return made;
}

void write(const std::filesystem::path& file, const std::string& password) {
  std::ofstream{file} << password << '\n';
}

TEST_P(misfortune_case, a_wrong_password_is_told_and_its_file_read_again) {
  postgres_server server;
  watched = {&server};
  const auto file = folder() / "password";
  write(file, "not the secret");
  begin({with_password(server, file)}, {"sick"});
  expect_down("sick", "authentication failed");
  endure();
  EXPECT_EQ(log_lines("sick", "not the secret").size(), 0U);
  write(file, "secret of the role");
  expect_up("sick");
  // From the first moment on it was the same resource; now it is healthy.
  settle();
  expect_all_as_before();
}

TEST_P(misfortune_case, a_changed_password_is_told_when_we_must_log_in_again) {
  postgres_server server;
  watched = {&server};
  const auto file = folder() / "password";
  write(file, "secret of the role");
  begin({with_password(server, file)});
  server.ask("ALTER ROLE scram PASSWORD 'another secret'");
  // The session that we hold is not asked again.
  endure();
  EXPECT_EQ(status("sick")->state, "up");
  server.end_sessions_of_ours();
  expect_down("sick", "authentication failed");
  endure();
  write(file, "another secret");
  expect_up("sick");
  expect_all_as_before();
}

TEST_P(misfortune_case, a_database_that_is_gone_is_told_and_found_again) {
  postgres_server server;
  watched = {&server};
  server.ask("CREATE DATABASE shop");
  begin({make_target("sick", server.dsn("shop"))});
  server.ask("DROP DATABASE shop WITH (FORCE)");
  expect_down("sick", "no such database");
  endure();
  server.ask("CREATE DATABASE shop");
  expect_up("sick");
  expect_all_as_before();
}

TEST_P(misfortune_case, a_server_without_a_connection_to_spare_is_told) {
  postgres_server server{majors().front(), small};
  watched = {&server};
  server.ask("CREATE ROLE watcher LOGIN; GRANT pg_monitor TO watcher");
  begin({make_target("sick", server.dsn("postgres", "watcher"))});
  {
    crowd all{server.dsn("postgres", "watcher")};
    const auto beside_us = all.fill();
    // Somebody else is quicker than our next attempt.
    ASSERT_TRUE(eventually([&] {
      server.end_sessions_of_ours();
      return all.fill() > beside_us;
    }));
    expect_down("sick", "no connection to spare");
    endure();
  }
  expect_up("sick");
  expect_all_as_before();
}

INSTANTIATE_TEST_SUITE_P(reactors,
                         misfortune_case,
                         both_reactors(),
                         reactor_name);

} // namespace
} // namespace pgmuster::test
