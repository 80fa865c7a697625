// Misfortunes of databases and roles: dropped, replaced, renamed, closed to us,
// and very many of them.
#include "tests/actors/misfortune_case.hpp"

#include <fmt/format.h>

#include <cstdlib>

namespace pgmuster::test {
namespace {

class misfortune_databases : public misfortune_case {
protected:
  void SetUp() override {
    misfortune_case::SetUp();
    ASSERT_TRUE(IsSkipped() || server().running());
  }

  static postgres_server& server() {
    static postgres_server shared;
    return shared;
  }

  static target_config all_of(const std::string& name,
                              const std::string& user = "postgres") {
    auto made = make_target(name, server().dsn("postgres", user));
    made.databases.which = database_selection::kind::all;
    return made;
  }

  /// Databases whose own probes were delivered at `since` or later.
  std::set<std::string> collected(const std::string& target,
                                  std::uint64_t since = 0) {
    exported_.read();
    std::set<std::string> names;
    for (const auto& one : exported_.of(target, "postgresql.table.count")) {
      const auto& words = one.attributes;
      const std::string key = R"("db.namespace","value":{"stringValue":")";
      if (const auto at = words.find(key);
          at != std::string::npos && one.time_ns >= since) {
        const auto from = at + key.size();
        names.insert(words.substr(from, words.find('"', from) - from));
      }
    }
    return names;
  }

  /// Statements that want no transaction, in one session.
  static void
  for_each_of(int many, const std::string& before, const std::string& after) {
    auto command = fmt::format("psql -q '{}'", server().dsn());
    for (int which = 0; which < many; ++which) {
      command += fmt::format(" -c '{} many_{} {}'", before, which, after);
    }
    EXPECT_EQ(std::system(command.c_str()), 0);
  }

  /// As its own probe counted them last; -1: it never did.
  double tables_in(const std::string& database) {
    exported_.read();
    double last = -1;
    for (const auto& one : exported_.of("sick", "postgresql.table.count")) {
      if (one.attributes.find('"' + database + '"') != std::string::npos) {
        last = one.value;
      }
    }
    return last;
  }

  [[nodiscard]] caf::actor actor_of(const std::string& label) const {
    return fleet_->shared().databases.find(label);
  }

  std::uint64_t latest() {
    exported_.read();
    const auto& all = exported_.of("sick", "pgmuster.up");
    return all.empty() ? 0 : all.back().time_ns;
  }
};

TEST_P(misfortune_databases, one_that_is_dropped_and_created_anew_is_followed) {
  watched = {&server()};
  server().ask("CREATE EXTENSION IF NOT EXISTS pg_stat_statements");
  server().ask("DROP DATABASE IF EXISTS shop WITH (FORCE)");
  server().ask("CREATE DATABASE shop");
  server().ask("CREATE TABLE old (a int)", "shop");
  begin({all_of("sick")});
  ASSERT_TRUE(eventually([&] { return tables_in("shop") == 1; }));
  const auto first = actor_of("acme/sick/shop");
  server().ask("DROP DATABASE shop WITH (FORCE)");
  server().ask("CREATE DATABASE shop");
  ASSERT_TRUE(eventually([&] {
    const auto now = actor_of("acme/sick/shop");
    return now && now != first;
  }));
  ASSERT_TRUE(eventually([&] { return tables_in("shop") == 0; }));
  // Once, whichever of the two a look in between made of it.
  EXPECT_EQ(log_lines("sick", "a database is gone").size()
              + log_lines("sick", "was replaced").size(),
            1U);
  EXPECT_GE(figure("pgmuster_families_forgotten_total"), 1);
  expect_up("sick");
  expect_all_as_before();
  server().ask("DROP DATABASE shop WITH (FORCE)");
}

TEST_P(misfortune_databases, one_in_another_s_place_is_known_by_its_number) {
  watched = {&server()};
  server().ask("DROP DATABASE IF EXISTS shop WITH (FORCE)");
  server().ask("CREATE DATABASE shop");
  server().ask("CREATE DATABASE spare");
  server().ask("CREATE TABLE one (a int); CREATE TABLE two (a int)", "spare");
  auto target = make_target("sick", server().dsn());
  target.databases = {database_selection::kind::listed, {"shop"}};
  begin({target});
  ASSERT_TRUE(eventually([&] { return tables_in("shop") == 0; }));
  const auto first = actor_of("acme/sick/shop");
  // In one transaction, so that no look can come in between.
  ASSERT_TRUE(eventually([&] {
    return server()
      .ask("ALTER DATABASE shop RENAME TO old;"
           "ALTER DATABASE spare RENAME TO shop")
      .empty();
  }));
  ASSERT_TRUE(eventually([&] {
    const auto now = actor_of("acme/sick/shop");
    return now && now != first;
  }));
  ASSERT_TRUE(eventually([&] { return tables_in("shop") == 2; }));
  EXPECT_EQ(log_lines("sick", "was replaced").size(), 1U);
  expect_up("sick");
  expect_all_as_before();
  server().ask("DROP DATABASE shop WITH (FORCE)");
  server().ask("DROP DATABASE old WITH (FORCE)");
}

TEST_P(misfortune_databases, one_that_is_renamed_goes_on_under_its_new_name) {
  watched = {&server()};
  server().ask("DROP DATABASE IF EXISTS before WITH (FORCE)");
  server().ask("DROP DATABASE IF EXISTS after WITH (FORCE)");
  server().ask("CREATE DATABASE before");
  begin({all_of("sick")});
  ASSERT_TRUE(eventually([&] { return collected("sick").contains("before"); }));
  ASSERT_TRUE(eventually([&] {
    return server().ask("ALTER DATABASE before RENAME TO after").empty();
  }));
  ASSERT_TRUE(eventually([&] {
    return actor_of("acme/sick/after") && !actor_of("acme/sick/before");
  }));
  ASSERT_TRUE(eventually([&] { return collected("sick").contains("after"); }));
  const auto since = latest();
  endure(3);
  EXPECT_FALSE(collected("sick", since + 1).contains("before"));
  EXPECT_EQ(log_lines("sick", "a database is gone").size(), 1U);
  expect_up("sick");
  expect_all_as_before();
  server().ask("DROP DATABASE after WITH (FORCE)");
}

TEST_P(misfortune_databases, our_own_renamed_is_told_when_we_must_connect) {
  watched = {&server()};
  server().ask("DROP DATABASE IF EXISTS elsewhere WITH (FORCE)");
  server().ask("CREATE DATABASE home");
  begin({make_target("sick", server().dsn("home"))});
  ASSERT_TRUE(eventually([&] {
    server().ask("SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                 "WHERE datname = 'home'");
    return server().ask("ALTER DATABASE home RENAME TO elsewhere").empty();
  }));
  expect_down("sick", "does not exist");
  endure();
  server().ask("ALTER DATABASE elsewhere RENAME TO home");
  expect_up("sick");
  expect_all_as_before();
  server().ask("DROP DATABASE home WITH (FORCE)");
}

TEST_P(misfortune_databases,
       a_role_with_nothing_but_connect_is_told_what_it_lacks) {
  server().ask("CREATE ROLE plain LOGIN");
  begin({make_target("sick", server().dsn("postgres", "plain"))});
  EXPECT_EQ(told("sick", "state"), "up");
  EXPECT_NE(told("sick", "reason").find("pg_monitor"), std::string::npos);
  EXPECT_EQ(last_up("sick"), 1);
  endure(3);
  // Said once: when it came up.
  EXPECT_EQ(log_lines("sick").size(), 1U);
  server().ask("GRANT pg_monitor TO plain");
  EXPECT_TRUE(eventually([&] { return told("sick", "reason").empty(); }));
  server().ask("REVOKE pg_monitor FROM plain");
  expect_all_as_before();
}

TEST_P(misfortune_databases, one_that_is_closed_to_our_role_is_left_alone) {
  server().ask("CREATE ROLE plain LOGIN");
  server().ask("CREATE DATABASE private");
  server().ask("REVOKE CONNECT ON DATABASE private FROM public");
  begin({all_of("sick", "plain")});
  endure(3);
  EXPECT_FALSE(actor_of("acme/sick/private"));
  EXPECT_FALSE(collected("sick").contains("private"));
  EXPECT_TRUE(log_lines("sick", "private").empty());
  server().ask("GRANT CONNECT ON DATABASE private TO public");
  EXPECT_TRUE(
    eventually([&] { return collected("sick").contains("private"); }));
  server().ask("DROP DATABASE private WITH (FORCE)");
  EXPECT_TRUE(eventually([&] { return !actor_of("acme/sick/private"); }));
  expect_all_as_before();
}

TEST_P(misfortune_databases, two_hundred_in_one_instance_are_all_collected) {
  constexpr int many = 200;
  server().ask("CREATE ROLE observer LOGIN IN ROLE pg_monitor");
  watched = {&server()};
  tune = [](configuration& config) {
    config.intervals.by_name["database"] = milliseconds{10'000};
  };
  begin({all_of("sick", "observer")});
  const auto before = status("sick")->databases;
  // The collector finds them while they come.
  for_each_of(many, "CREATE DATABASE", "");
  std::set<std::string> names;
  EXPECT_TRUE(eventually(
    [&] {
      EXPECT_LE(std::stoi(server().ask("SELECT count(*) FROM pg_stat_activity "
                                       "WHERE usename = 'observer'")),
                2);
      // Three bystanders, and what one target may have.
      EXPECT_LE(fleet_->shared().connections.load(), 3U + 2U);
      names = collected("sick");
      return names.size() > many;
    },
    seconds{90}))
    << names.size();
  EXPECT_EQ(status("sick")->databases, before + many);
  EXPECT_EQ(told("sick", "state"), "up");
  for_each_of(many, "DROP DATABASE", "WITH (FORCE)");
  EXPECT_TRUE(eventually([&] { return status("sick")->databases == before; }));
  expect_up("sick");
  expect_all_as_before();
}

INSTANTIATE_TEST_SUITE_P(reactors,
                         misfortune_databases,
                         both_reactors(),
                         reactor_name);

} // namespace
} // namespace pgmuster::test
