// The table of good and bad documents, judged by the parser;
// schema_agrees_test.py judges the same table by the JSON Schema.
#include "tests/config/loading_case.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

namespace pgmuster {
namespace {

namespace json = boost::json;
using namespace testing; // NOLINT(google-build-using-namespace): fixtures

const environment_map environment{{"OTLP_KEY", "k"},
                                  {"OTLP_URL", "http://127.0.0.1:4318"},
                                  {"ORDERS_DSN", "host=db1 user=u"},
                                  {"ORDERS_PASSWORD", "p"},
                                  {"INTERVAL", "10s"}};

class documents : public ::testing::TestWithParam<const char*> {};

TEST_P(documents, are_judged_as_the_table_says) {
  const auto path =
    std::filesystem::path{PGMUSTER_CASES} / (std::string{GetParam()} + ".json");
  std::ifstream in{path};
  const std::string text{std::istreambuf_iterator<char>{in}, {}};
  const auto table = json::parse(text);
  ASSERT_GT(table.as_array().size(), 10U);
  for (const auto& entry : table.as_array()) {
    const auto outcome =
      load_text(json::serialize(entry.at("document")), environment);
    EXPECT_EQ(outcome.problems.empty(), entry.at("accepted").as_bool())
      << entry.at("name") << "\n"
      << describe(outcome.problems);
    if (entry.as_object().contains("beyond_schema")) {
      EXPECT_FALSE(entry.at("accepted").as_bool()) << entry.at("name");
    }
  }
}

INSTANTIATE_TEST_SUITE_P(
  cases,
  documents,
  ::testing::Values("top_level", "routes", "tenants", "values"));

} // namespace
} // namespace pgmuster
