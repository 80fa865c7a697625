// Fragments from other files: merged in order, limited, traced to their lines.
#include "tests/config/loading_case.hpp"

#include <gtest/gtest.h>

namespace pgmuster {
namespace {

using namespace testing; // NOLINT(google-build-using-namespace): fixtures

std::string tenant(const std::string& id) {
  return R"({"tenants": [{"id": ")" + id
         + R"(", "targets": [{"name": "t", "dsn": "host=)" + id + "\"}]}]}";
}

std::vector<std::string> ids(const load_outcome& outcome) {
  std::vector<std::string> all;
  for (const auto& each : outcome.config.tenants) {
    all.push_back(each.id.value());
  }
  return all;
}

TEST(include, merges_in_the_order_of_names) {
  const temporary_folder folder;
  folder.write("d/10.json", tenant("ten"));
  folder.write("d/9.json", tenant("nine"));
  folder.write("d/skip.txt", "not read");
  folder.write("r.json", R"({"routes": {"copy": {"file": "-"}}})");
  const auto outcome = load_file(
    folder.write("c.json", R"({"include": ["d/*.json", "r.json", "e/*"]})"));
  ASSERT_TRUE(outcome.problems.empty()) << describe(outcome.problems);
  EXPECT_EQ(ids(outcome), (std::vector<std::string>{"ten", "nine"}));
  EXPECT_TRUE(outcome.config.routes.contains(route_name{"copy"}));
  EXPECT_EQ(outcome.config.tenants[0].routes, std::vector{route_name{"copy"}});
}

TEST(include, is_relative_to_the_file_that_includes) {
  const temporary_folder folder;
  folder.write("d/e/x.json", tenant("inner"));
  folder.write("d/list.json", R"({"include": ["e/x.json"]})");
  const auto outcome =
    load_file(folder.write("c.json", R"({"include": ["d/list.json"]})"));
  ASSERT_TRUE(outcome.problems.empty()) << describe(outcome.problems);
  EXPECT_EQ(ids(outcome), std::vector<std::string>{"inner"});
}

TEST(include, follows_a_variable_and_a_folder_with_pattern_letters) {
  const temporary_folder folder;
  folder.write("a[b]*/d/x.json", tenant("x"));
  const auto outcome =
    load_file(folder.write("a[b]*/c.json", R"({"include": ["${DIR}/*.json"]})"),
              {{"DIR", "d"}});
  ASSERT_TRUE(outcome.problems.empty()) << describe(outcome.problems);
  EXPECT_EQ(ids(outcome), std::vector<std::string>{"x"});
}

TEST(include, traces_a_problem_to_the_fragment) {
  const temporary_folder folder;
  const auto fragment = folder.write("d/a.json", R"({"tenants": [
    {"id": "a",
     "targets": [{"name": "t", "dsn": "host=x", "databases": 1}]}],
    "log": {}})");
  const auto outcome = load_file(folder.write("c.json", R"({"tenants": [
    {"id": "a", "targets": [{"name": "t", "dsn": "host=x"}]}],
    "include": ["d/*.json"]})"));
  const auto main = (folder.path() / "c.json").string();
  EXPECT_EQ(describe(outcome.problems),
            fragment.string()
              + ":2: /tenants/0/id: tenant \"a\" is named twice; the first is "
                "at "
              + main + ":2: /tenants/0/id\n" + fragment.string()
              + ":3: /tenants/0/targets/0/databases: expected \"all\", \"own\" "
                "or a list of names, got a number\n"
              + fragment.string()
              + ":4: /log: unknown key \"log\" in an included file; known: "
                "routes, tenants, include\n");
}

TEST(include, demands_a_file_that_is_named_literally) {
  const temporary_folder folder;
  const auto problem = only_problem(
    load_file(folder.write("c.json", "{\n\"include\": [\n\"no.json\"]}")));
  EXPECT_EQ(problem.pointer, "/include/0");
  EXPECT_EQ(problem.line, 3U);
  EXPECT_EQ(problem.message, "cannot read "
                               + (folder.path() / "no.json").string()
                               + ": No such file or directory");
}

TEST(include, reports_a_broken_fragment_without_what_it_would_have_brought) {
  const temporary_folder folder;
  folder.write("d/a.json", "{\n\"tenants\": [}");
  const auto problem = only_problem(
    load_file(folder.write("c.json", R"({"include": ["d/*.json"]})")));
  EXPECT_EQ(problem.file, (folder.path() / "d/a.json").string());
  EXPECT_EQ(problem.line, 2U);
}

TEST(include, refuses_the_same_route_twice) {
  const temporary_folder folder;
  folder.write("r.json", R"({"routes": {"main": {"file": "-"}}})");
  const auto problem = only_problem(load_file(
    folder.write("c.json", with_target(R"("routes": {"main": {"file": "-"}},
                             "include": ["r.json"])"))));
  EXPECT_EQ(problem.file, (folder.path() / "r.json").string());
  EXPECT_EQ(problem.pointer, "/routes/main");
}

TEST(include, ends_in_a_circle_and_at_its_depth) {
  const temporary_folder folder;
  const auto circle =
    load_file(folder.write("c.json", with_target(R"("include": ["c.json"])")));
  EXPECT_EQ(only_problem(circle).message,
            (folder.path() / "c.json").string() + " is already read");
  for (int i = 0; i < 10; ++i) {
    folder.write(std::to_string(i) + ".json",
                 R"({"include": [")" + std::to_string(i + 1) + R"(.json"]})");
  }
  const auto deep =
    load_file(folder.write("d.json", with_target(R"("include": ["0.json"])")));
  EXPECT_EQ(only_problem(deep).message, "includes are nested more than 8 deep");
  EXPECT_EQ(only_problem(deep).file, (folder.path() / "7.json").string());
}

TEST(include, may_match_its_own_file) {
  const temporary_folder folder;
  folder.write("a.json", tenant("a"));
  const auto outcome =
    load_file(folder.write("c.json", R"({"include": ["*.json"]})"));
  ASSERT_TRUE(outcome.problems.empty()) << describe(outcome.problems);
  EXPECT_EQ(ids(outcome), std::vector<std::string>{"a"});
}

} // namespace
} // namespace pgmuster
