// A pooler that we share with an application: its writes never fail because of
// us, in either mode of the pooler.
#include "tests/actors/misfortune_case.hpp"

#include <fmt/format.h>

#include <array>
#include <cstdio>
#include <fstream>
#include <future>

namespace pgmuster::test {
namespace {

constexpr const char* pgbench = "/usr/lib/postgresql/15/bin/pgbench";

/// What a program said, and how it ended.
struct run_outcome {
  std::string words;
  int status = -1;
};

run_outcome run_program(const std::string& command) {
  run_outcome outcome;
  std::FILE* const pipe = ::popen((command + " 2>&1").c_str(), "re");
  if (pipe == nullptr) {
    return outcome;
  }
  std::array<char, 512> some{};
  while (std::fgets(some.data(), some.size(), pipe) != nullptr) {
    outcome.words += some.data();
  }
  outcome.status = ::pclose(pipe);
  return outcome;
}

class misfortune_pooler : public misfortune_case {
protected:
  /// Four writers for so long, through the pool that we use too: the same
  /// database and role.
  std::future<run_outcome> write_through(const pooler& pool, int for_seconds) {
    const auto script = std::filesystem::temp_directory_path()
                        / fmt::format("writes.{}.sql", server_.port());
    std::ofstream{script}
      << "INSERT INTO written DEFAULT VALUES;\n"
         "BEGIN;\n"
         "UPDATE written SET times = times + 1 WHERE id = 1;\n"
         "SELECT set_config('statement_timeout', '0', true);\n"
         "COMMIT;\n";
    return std::async(std::launch::async, [&pool, script, for_seconds] {
      auto outcome =
        run_program(fmt::format("{} -n -c 4 -T {} -f {} '{}'", pgbench,
                                for_seconds, script.string(), pool.dsn()));
      std::filesystem::remove(script);
      return outcome;
    });
  }

  void share_with_writers(const std::string& mode) {
    if (!std::filesystem::exists(pgbench)) {
      GTEST_SKIP() << "no pgbench to be had";
    }
    const pooler pool{server_, mode};
    if (!pool.running()) {
      GTEST_SKIP() << "no pooler to be had";
    }
    server_.ask("CREATE TABLE written (id serial PRIMARY KEY, "
                "times bigint DEFAULT 0, at timestamptz DEFAULT now())");
    auto pooled = make_target("pooled", pool.dsn());
    pooled.databases.which = database_selection::kind::all;
    // They write before we come, while we collect and lose sessions, and
    // after we have gone.
    auto writers = write_through(pool, 22);
    begin({pooled});
    server_.ask("CREATE DATABASE beside");
    ASSERT_TRUE(eventually([&] {
      return fleet_->shared().databases.find("acme/pooled/beside") != nullptr;
    }));
    EXPECT_EQ(told("pooled", "pooled"), "true");
    endure(2);
    caf::anon_send_exit(fleet_->shared().databases.find("acme/pooled"),
                        caf::exit_reason::kill);
    server_.ask("DROP DATABASE beside WITH (FORCE)");
    endure(3);
    expect_up("pooled");
    EXPECT_TRUE(log_lines("pooled", "a probe failed").empty());
    expect_nothing_leaked();
    stop();
    EXPECT_EQ(writers.wait_for(milliseconds{0}), std::future_status::timeout)
      << "they should have written to the end of us";
    const auto wrote = writers.get();
    EXPECT_EQ(wrote.status, 0) << wrote.words;
    EXPECT_EQ(wrote.words.find("ERROR"), std::string::npos) << wrote.words;
    EXPECT_NE(wrote.words.find("number of failed transactions: 0"),
              std::string::npos)
      << wrote.words;
    EXPECT_GT(std::stol(server_.ask("SELECT count(*) FROM written")), 100);
  }

  postgres_server server_;
};

TEST_P(misfortune_pooler, writers_beside_us_never_fail_in_transaction_mode) {
  share_with_writers("transaction");
}

TEST_P(misfortune_pooler, writers_beside_us_never_fail_in_session_mode) {
  share_with_writers("session");
}

INSTANTIATE_TEST_SUITE_P(reactors,
                         misfortune_pooler,
                         both_reactors(),
                         reactor_name);

} // namespace
} // namespace pgmuster::test
