// One file: what it says is what is in force, and every culprit is named.
#include "tests/config/loading_case.hpp"

#include <gtest/gtest.h>

#include <random>

namespace pgmuster {
namespace {

using namespace testing; // NOLINT(google-build-using-namespace): fixtures

constexpr auto everything = R"(// The fleet.
{
  "routes": {
    "main": { "otlp": "http://127.0.0.1:4318", "compression": "gzip",
              "headers": { "api-key": "${OTLP_KEY}" }, "shards": 4,
              "timeout": "3s" },
    "copy": { "file": "out.jsonl" },
  },
  "tenants": [ { "id": "acme", "routes": ["main"],
    "series": { "per_tenant": 30, "tables": 3 }, "targets": [
    { "name": "orders", "dsn": "postgresql://pgmuster:geheim@db1:5433/shop",
      "password_file": "orders.pw", "databases": ["a", "b"],
      "ca_file": "system", "cert_file": "my.crt", "key_file": "/k/my.key",
      "attributes": { "env": "prod" } } ] },
    { "id": "other", "targets": [
    { "name": "orders", "dsn": "host=db2 user=me", "databases": "own" } ] } ],
  "intervals": { "default": "15s", "statements": "2m", "table_sizes": "1h" },
  "timeouts": { "statement": "2s", "lock": "50ms", "probe": "5s",
                "cycle": "8s" },
  "reconnect": { "after": "2s", "at_most": "90s", "refused_after": "1m",
                 "refused_at_most": "10m" },
  "admin": { "listen": "[::1]:0", "hosts": ["a.internal", "10.0.0.9"] },
  "log": { "level": "warning", "format": "json" },
  "process": { "workers": 3, "lanes": 4, "connectors": 1, "reactor": "epoll",
               "connects_per_second": 50, "target_connections": 3,
               "name_servers": ["127.0.0.1:8600"],
               "shutdown_grace": "250ms" },
  "statements": { "limit": 7, "min_mean_time": "5ms", "text": "none",
                  "text_length": "2KiB", "text_bytes": "2MiB",
                  "comment_tags": ["application"] },
  "series": { "per_target": 20, "per_tenant": 40, "tables": 5, "indexes": 6 },
  "scrub": { "rules": [ { "name": "employee", "pattern": "E-[0-9]{6}" } ] },
  "probes": { "directory": "/etc/probes" },
})";

TEST(load_configuration, puts_every_key_where_it_belongs) {
  const temporary_folder folder;
  const auto outcome =
    load_file(folder.write("c.json", everything), {{"OTLP_KEY", "k${x}"}});
  ASSERT_TRUE(outcome.problems.empty()) << describe(outcome.problems);
  const auto& config = outcome.config;
  ASSERT_EQ(config.routes.size(), 2U);
  const auto& otlp = std::get<otlp_destination>(
    config.routes.at(route_name{"main"}).destination);
  EXPECT_EQ(otlp.url, "http://127.0.0.1:4318");
  EXPECT_EQ(otlp.encoding, compression::gzip);
  ASSERT_EQ(otlp.headers.size(), 1U);
  EXPECT_EQ(otlp.headers[0].name, "api-key");
  EXPECT_EQ(otlp.headers[0].value.reveal(), "k${x}");
  EXPECT_EQ(otlp.shards, 4U);
  EXPECT_EQ(otlp.timeout, milliseconds{3'000});
  const auto& file = std::get<file_destination>(
    config.routes.at(route_name{"copy"}).destination);
  EXPECT_EQ(file.path, folder.path() / "out.jsonl");

  ASSERT_EQ(config.tenants.size(), 2U);
  EXPECT_EQ(config.tenants[0].routes, std::vector{route_name{"main"}});
  EXPECT_EQ(config.tenants[1].routes,
            (std::vector{route_name{"copy"}, route_name{"main"}}));
  const auto& target = config.tenants[0].targets.at(0);
  EXPECT_EQ(target.name.value(), "orders");
  EXPECT_EQ(target.dsn.reveal(), "postgresql://pgmuster:geheim@db1:5433/shop");
  EXPECT_EQ(target.host, "db1");
  EXPECT_EQ(target.port, 5433);
  EXPECT_EQ(target.database, "shop");
  EXPECT_EQ(target.user, "pgmuster");
  EXPECT_EQ(target.password.from, password_source::kind::file);
  EXPECT_EQ(target.password.name, (folder.path() / "orders.pw").string());
  EXPECT_EQ(target.databases.which, database_selection::kind::listed);
  EXPECT_EQ(target.databases.names, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(target.extra, (attributes{{"env", "prod"}}));
  const auto& other = config.tenants[1].targets.at(0);
  EXPECT_EQ(other.databases.which, database_selection::kind::own);
  EXPECT_EQ(other.database, "me") << "libpq's default is the user's name";
}

TEST(load_configuration, puts_every_figure_where_it_belongs) {
  const temporary_folder folder;
  const auto outcome =
    load_file(folder.write("c.json", everything), {{"OTLP_KEY", "k${x}"}});
  ASSERT_TRUE(outcome.problems.empty()) << describe(outcome.problems);
  const auto& config = outcome.config;
  EXPECT_EQ(config.intervals.default_interval, milliseconds{15'000});
  const std::map<std::string, milliseconds> by_name{
    {"database", milliseconds{60'000}},
    {"statements", milliseconds{120'000}},
    {"table_sizes", milliseconds{3'600'000}}};
  EXPECT_EQ(config.intervals.by_name, by_name);
  EXPECT_EQ(config.timeouts.statement, milliseconds{2'000});
  EXPECT_EQ(config.timeouts.lock, milliseconds{50});
  EXPECT_EQ(config.timeouts.probe, milliseconds{5'000});
  EXPECT_EQ(config.timeouts.cycle, milliseconds{8'000});
  EXPECT_EQ(config.reconnect.after, milliseconds{2'000});
  EXPECT_EQ(config.reconnect.at_most, milliseconds{90'000});
  EXPECT_EQ(config.reconnect.refused_after, milliseconds{60'000});
  EXPECT_EQ(config.reconnect.refused_at_most, milliseconds{600'000});
  EXPECT_EQ(config.process.name_servers,
            std::vector<std::string>{"127.0.0.1:8600"});
  EXPECT_EQ(config.admin.listen, "[::1]:0");
  EXPECT_EQ(config.admin.hosts.at(1), "10.0.0.9");
  EXPECT_EQ(config.log.level, log_level::warning);
  EXPECT_EQ(config.log.format, log_format::json);
  EXPECT_EQ(config.process.workers, 3U);
  EXPECT_EQ(config.process.lanes, 4U);
  EXPECT_EQ(config.process.connectors, 1U);
  EXPECT_EQ(config.process.connects_per_second, 50U);
  EXPECT_EQ(config.process.target_connections, 3U);
  EXPECT_EQ(config.process.reactor, reactor_choice::epoll);
  EXPECT_EQ(config.process.shutdown_grace, milliseconds{250});
  EXPECT_EQ(config.probes_directory, "/etc/probes");
}

TEST(load_configuration, puts_what_is_told_of_statements_where_it_belongs) {
  const temporary_folder folder;
  const auto outcome =
    load_file(folder.write("c.json", everything), {{"OTLP_KEY", "k"}});
  ASSERT_TRUE(outcome.problems.empty()) << describe(outcome.problems);
  const auto& told = outcome.config.statements;
  EXPECT_EQ(told.limit, 7U);
  EXPECT_EQ(told.mean_time_min, milliseconds{5});
  EXPECT_EQ(told.text, statement_text::none);
  EXPECT_EQ(told.text_length.value(), 2'048U);
  EXPECT_EQ(told.text_bytes.value(), 2'097'152U);
  EXPECT_EQ(told.comment_tags, std::vector<std::string>{"application"});
  ASSERT_EQ(outcome.config.scrub_rules.size(), 1U);
  EXPECT_EQ(outcome.config.scrub_rules[0].name, "employee");
  EXPECT_EQ(outcome.config.scrub_rules[0].pattern, "E-[0-9]{6}");
}

TEST(load_configuration, lets_a_tenant_s_series_go_over_those_for_all) {
  const temporary_folder folder;
  const auto outcome =
    load_file(folder.write("c.json", everything), {{"OTLP_KEY", "k"}});
  ASSERT_TRUE(outcome.problems.empty()) << describe(outcome.problems);
  ASSERT_EQ(outcome.config.tenants.size(), 2U);
  const auto& acme = outcome.config.tenants[0].series;
  const auto& other = outcome.config.tenants[1].series;
  EXPECT_EQ(acme.per_target, 20U);
  EXPECT_EQ(acme.per_tenant, 30U);
  EXPECT_EQ(acme.kept_of("tables"), 3U);
  EXPECT_EQ(acme.kept_of("indexes"), 6U);
  EXPECT_EQ(acme.kept_of("users"), 0U);
  EXPECT_EQ(other.per_tenant, 40U);
  EXPECT_EQ(other.tables, 5U);
}

TEST(load_configuration, names_a_scrub_rule_that_is_no_expression) {
  const auto outcome = load_text(
    with_target(R"("scrub": {"rules": [{"name": "a", "pattern": "x"},)"
                R"( {"name": "b", "pattern": "("}]})"));
  ASSERT_EQ(outcome.problems.size(), 1U) << describe(outcome.problems);
  EXPECT_NE(describe(outcome.problems).find("/scrub/rules/1/pattern"),
            std::string::npos)
    << describe(outcome.problems);
}

TEST(load_configuration, takes_paths_of_tls_files_from_the_file_s_own_folder) {
  const temporary_folder folder;
  const auto outcome =
    load_file(folder.write("c.json", everything), {{"OTLP_KEY", "k"}});
  ASSERT_TRUE(outcome.problems.empty()) << describe(outcome.problems);
  const auto& tls = outcome.config.tenants.at(0).targets.at(0).tls;
  EXPECT_EQ(tls.roots, "system") << "a word, not a path";
  EXPECT_EQ(tls.certificate, (folder.path() / "my.crt").string());
  EXPECT_EQ(tls.key, "/k/my.key");
}

TEST(load_configuration, writes_to_standard_output_without_a_route) {
  const auto outcome = load_text(with_target(""));
  ASSERT_TRUE(outcome.problems.empty()) << describe(outcome.problems);
  ASSERT_EQ(outcome.config.routes.size(), 1U);
  const auto& route = outcome.config.routes.begin()->second;
  EXPECT_EQ(std::get<file_destination>(route.destination).path, "-");
  EXPECT_EQ(outcome.config.tenants.at(0).routes, std::vector{route.name});
}

TEST(load_configuration, names_all_culprits_at_once_with_line_and_pointer) {
  const temporary_folder folder;
  const auto file = folder.write("c.json", R"({
  "intervalls": { "default": "10s" },
  "tenants": [
    { "id": "acme", "targets": [
      { "name": "orders", "dsn": "nonsense" },
      { "nmae": "x", "dsn": "host=a" },
      { "name": "orders", "dsn": "host=a",
        "databases": "alle" }
    ] }
  ],
  "timeouts": { "statement": 3 },
  "log": { "level": "warn" }
})");
  const auto outcome = load_file(file);
  const auto name = file.string();
  EXPECT_EQ(
    describe(outcome.problems),
    name
      + ":2: /intervalls: unknown key \"intervalls\", did you mean "
        "\"intervals\"?\n"
      + name
      + ":5: /tenants/0/targets/0/dsn: this DSN cannot be read: missing "
        "\"=\" in a DSN: malformed\n"
      + name
      + ":6: /tenants/0/targets/1/nmae: unknown key \"nmae\", did you "
        "mean \"name\"?\n"
      + name
      + ":6: /tenants/0/targets/1/name: a target's \"name\" is "
        "missing\n"
      + name
      + ":7: /tenants/0/targets/2/name: target \"orders\" is named "
        "twice in this tenant; the first is at "
      + name + ":5: /tenants/0/targets/0/name\n" + name
      + ":8: /tenants/0/targets/2/databases: expected \"all\", \"own\" "
        "or a list of names, got \"alle\", did you mean \"all\"?\n"
      + name
      + ":11: /timeouts/statement: expected a duration with a unit, "
        "such as \"100ms\", \"10s\", \"5m\" or \"1h\", got a number "
        "without a unit\n"
      + name
      + ":12: /log/level: expected one of \"trace\", \"debug\", "
        "\"info\", \"warning\", \"error\", got \"warn\", did you mean "
        "\"warning\"?\n");
}

TEST(load_configuration, gives_bad_json_a_line_and_a_column) {
  const auto problem = only_problem(load_text("{\n  \"log\": {\n  } x\n}"));
  EXPECT_EQ(problem.line, 3U);
  EXPECT_EQ(problem.message.substr(0, 27), "not valid JSON near column ");
  for (const auto* const text :
       {"", "{", "{} {}", "{\"a\": tru", "\xff", "nul", "/* open"}) {
    const auto other = only_problem(load_text(text));
    EXPECT_EQ(other.line, 1U) << text;
    EXPECT_EQ(other.message.substr(0, 14), "not valid JSON") << text;
  }
}

TEST(load_configuration, refuses_a_key_given_twice) {
  const auto problem =
    only_problem(load_text(with_target("\"log\": {\"level\": \"info\",\n"
                                       "\"level\": \"debug\"}")));
  EXPECT_EQ(problem.pointer, "/log/level");
  EXPECT_EQ(problem.line, 3U);
}

TEST(load_configuration, says_why_a_file_cannot_be_read) {
  const temporary_folder folder;
  EXPECT_EQ(only_problem(load_file(folder.path() / "no.json")).message,
            "cannot read " + (folder.path() / "no.json").string()
              + ": No such file or directory");
  EXPECT_EQ(only_problem(load_file(folder.path())).message,
            "cannot read " + folder.path().string() + ": Is a directory");
}

TEST(load_configuration, never_shows_what_a_variable_held) {
  const environment_map environment{{"SECRET", "geheim"}};
  const auto outcome = load_text(
    R"({"routes": {"main": {"otlp": "${SECRET}", "compression": "${SECRET}",
                            "headers": {"a": "${SECRET}\n"}}},
        "tenants": [{"id": "a b ${SECRET}", "routes": ["${SECRET}"],
        "targets": [{"name": "${SECRET}!", "dsn": "${SECRET}",
                     "password_env": "${SECRET}", "databases": "${SECRET}"}]}],
        "intervals": {"default": "${SECRET}"},
        "admin": {"listen": "${SECRET}"}, "log": {"level": "${SECRET}"}})",
    environment);
  EXPECT_GE(outcome.problems.size(), 10U) << describe(outcome.problems);
  EXPECT_EQ(describe(outcome.problems).find("geheim"), std::string::npos)
    << describe(outcome.problems);
}

TEST(load_configuration, does_not_quote_a_password_put_for_its_variable) {
  const auto problem = only_problem(load_text(
    R"({"tenants": [{"id": "a", "targets": [
        {"name": "t", "dsn": "host=h", "password_env": "geheim"}]}]})"));
  EXPECT_EQ(problem.message,
            "expected the name of an environment variable that is set");
}

TEST(load_configuration, reports_an_unset_variable_once) {
  const auto problem = only_problem(
    load_text(with_target(R"("intervals": {"default": "${UNSET}"})")));
  EXPECT_EQ(problem.pointer, "/intervals/default");
  EXPECT_EQ(problem.message, "environment variable \"UNSET\" is not set");
}

TEST(load_configuration, survives_any_damage_to_a_file) {
  const auto seed = std::random_device{}();
  SCOPED_TRACE(seed);
  std::mt19937 random{seed};
  const std::string letters = "{}[]\",:$/ \n0a";
  const temporary_folder folder;
  for (int round = 0; round < 1'000; ++round) {
    std::string text = everything;
    for (auto changes = random() % 4; changes > 0; --changes) {
      const auto at = random() % text.size();
      if (random() % 2 == 0) {
        text[at] = letters[random() % letters.size()];
      } else {
        text.erase(at, random() % 40);
      }
    }
    const auto outcome =
      load_file(folder.write("c.json", text), {{"OTLP_KEY", "k"}});
    // Whatever it is now, it is either in force or explained.
    EXPECT_FALSE(outcome.problems.empty() && outcome.config.tenants.empty());
    for (const auto& problem : outcome.problems) {
      EXPECT_GT(problem.line, 0U) << problem.message;
      EXPECT_FALSE(problem.message.empty());
    }
  }
}

TEST(load_configuration, shows_a_thousand_problems_and_counts_the_rest) {
  std::string keys;
  for (int i = 0; i < 1'234; ++i) {
    keys += (i == 0 ? "\"" : ",\"") + std::to_string(i) + "\": 1";
  }
  const auto outcome = load_text(with_target(keys));
  ASSERT_EQ(outcome.problems.size(), 1'001U);
  EXPECT_EQ(outcome.problems.back().message, "and 234 more");
}

} // namespace
} // namespace pgmuster
