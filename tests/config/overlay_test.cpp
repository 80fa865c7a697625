// PGMUSTER__… variables over a file.
#include "tests/config/loading_case.hpp"

#include <gtest/gtest.h>

namespace pgmuster {
namespace {

using namespace testing; // NOLINT(google-build-using-namespace): fixtures

TEST(overlay, sets_scalars_of_every_kind) {
  const auto outcome = load_text(
    with_target(R"("routes": {"main": {"otlp": "http://127.0.0.1:4318",
                                       "headers": {"api-key": "old"}}})"),
    {{"PGMUSTER__ADMIN__LISTEN", "127.0.0.1:0"},
     {"PGMUSTER__process__Lanes", "5"},
     {"PGMUSTER__INTERVALS__TABLE_SIZES", "5m"},
     {"PGMUSTER__ROUTES__MAIN__HEADERS__API_KEY", "${new}"},
     {"PGMUSTER__ROUTES__MAIN__HEADERS__X_SCOPE", "a"},
     {"PGMUSTER__TENANTS__0__TARGETS__0__DSN", "host=b"},
     {"PGMUSTER__TENANTS__0__TARGETS__0__DATABASES__0", "d0"},
     {"PGMUSTER__TENANTS__0__TARGETS__0__ATTRIBUTES__ENV", "prod"},
     {"PGMUSTER__TENANTS__0__TARGETS__1__NAME", "second"},
     {"PGMUSTER__TENANTS__0__TARGETS__1__DSN", "host=c"}});
  ASSERT_TRUE(outcome.problems.empty()) << describe(outcome.problems);
  const auto& config = outcome.config;
  EXPECT_EQ(config.admin.listen, "127.0.0.1:0");
  EXPECT_EQ(config.process.lanes, 5U);
  EXPECT_EQ(config.intervals.by_name.at("table_sizes"), milliseconds{300'000});
  const auto& otlp = std::get<otlp_destination>(
    config.routes.at(route_name{"main"}).destination);
  ASSERT_EQ(otlp.headers.size(), 2U);
  EXPECT_EQ(otlp.headers[0].name, "api-key");
  EXPECT_EQ(otlp.headers[0].value.reveal(), "${new}");
  EXPECT_EQ(otlp.headers[1].name, "x-scope");
  ASSERT_EQ(config.tenants.at(0).targets.size(), 2U);
  EXPECT_EQ(config.tenants[0].targets[0].host, "b");
  EXPECT_EQ(config.tenants[0].targets[0].databases.names,
            std::vector<std::string>{"d0"});
  EXPECT_EQ(config.tenants[0].targets[0].extra, (attributes{{"env", "prod"}}));
  EXPECT_EQ(config.tenants[0].targets[1].name.value(), "second");
}

TEST(overlay, suggests_the_nearest_name) {
  const auto problem =
    only_problem(load_text(with_target(""), {{"PGMUSTER__ADMIN__LISTN", "x"}}));
  EXPECT_EQ(problem.file, "environment variable PGMUSTER__ADMIN__LISTN");
  EXPECT_EQ(problem.line, 0U);
  EXPECT_EQ(problem.message,
            "names no known key, did you mean \"PGMUSTER__ADMIN__LISTEN\"?");
}

TEST(overlay, refuses_what_names_no_single_value) {
  const auto message = [](const std::string& name) {
    return only_problem(load_text(with_target(""), {{name, "1"}})).message;
  };
  EXPECT_EQ(message("PGMUSTER__ADMIN"),
            "names an object; set one of its values instead");
  EXPECT_EQ(message("PGMUSTER__TENANTS"),
            "names a list; set one of its values instead");
  EXPECT_EQ(message("PGMUSTER__ADMIN__LISTEN__PORT"),
            "\"LISTEN\" is a single value and has no keys");
  EXPECT_EQ(message("PGMUSTER__TENANTS__FIRST__ID"),
            "expected the index of a list's entry, got \"FIRST\"");
  EXPECT_EQ(message("PGMUSTER__TENANTS__3__ID"),
            "the list has 1 entries; the next one is 1");
  EXPECT_EQ(message("PGMUSTER__").substr(0, 18), "names no known key");
}

TEST(overlay, judges_its_values_like_those_of_a_file) {
  const auto outcome =
    load_text(with_target(""), {{"PGMUSTER__PROCESS__LANES", "many"},
                                {"PGMUSTER__TIMEOUTS__PROBE", "10"}});
  EXPECT_EQ(
    describe(outcome.problems),
    "environment variable PGMUSTER__PROCESS__LANES: /process/lanes: expected a "
    "whole number from 1 to 64, got a string\n"
    "environment variable PGMUSTER__TIMEOUTS__PROBE: /timeouts/probe: expected "
    "a duration with a unit, such as \"100ms\", \"10s\", \"5m\" or \"1h\", got "
    "\"10\": a number without a unit\n");
}

TEST(overlay, refuses_two_spellings_of_one_key) {
  const auto problem = only_problem(
    load_text(with_target(""), {{"PGMUSTER__LOG__LEVEL", "info"},
                                {"PGMUSTER__log__level", "debug"}}));
  EXPECT_EQ(problem.message, "is also set by PGMUSTER__LOG__LEVEL");
}

TEST(overlay, counts_ten_after_nine) {
  environment_map environment;
  for (int i = 0; i < 12; ++i) {
    const auto at = "PGMUSTER__TENANTS__0__TARGETS__" + std::to_string(i);
    environment[at + "__NAME"] = "t" + std::to_string(i);
    environment[at + "__DSN"] = "host=h";
  }
  environment["PGMUSTER__TENANTS__0__ID"] = "acme";
  const auto outcome = load_environment(environment);
  ASSERT_TRUE(outcome.problems.empty()) << describe(outcome.problems);
  EXPECT_EQ(outcome.config.tenants.at(0).targets.at(11).name.value(), "t11");
}

TEST(overlay, brings_an_include) {
  const temporary_folder folder;
  folder.write("t.json", with_target(""));
  const auto outcome = load_file(folder.write("c.json", "{}"),
                                 {{"PGMUSTER__INCLUDE__0", "t.json"}});
  ASSERT_TRUE(outcome.problems.empty()) << describe(outcome.problems);
  EXPECT_EQ(outcome.config.tenants.size(), 1U);
}

} // namespace
} // namespace pgmuster
