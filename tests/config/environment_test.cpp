// No file: DSNs and OpenTelemetry's variables suffice.
#include "tests/config/loading_case.hpp"

#include <gtest/gtest.h>

namespace pgmuster {
namespace {

using namespace testing; // NOLINT(google-build-using-namespace): fixtures

std::vector<std::string> names(const load_outcome& outcome) {
  std::vector<std::string> all;
  for (const auto& target : outcome.config.tenants.at(0).targets) {
    all.push_back(target.name.value());
  }
  return all;
}

const otlp_destination& otlp_of(const load_outcome& outcome) {
  return std::get<otlp_destination>(
    outcome.config.routes.at(route_name{"otlp"}).destination);
}

const environment_map one_dsn{{"DATABASE_URL", "postgresql://me@db1/postgres"}};

environment_map with_dsn(environment_map more) {
  more.insert(one_dsn.begin(), one_dsn.end());
  return more;
}

TEST(environment, names_targets_by_their_own_dsn) {
  const auto outcome = load_environment(
    {{"DATABASE_URL", "postgresql://ignored"},
     {"PGMUSTER_DATABASE_URL",
      "postgresql://a:pw@db1/postgres postgresql://a@db1:5433/shop\n"
      "  host=db2 user=a dbname=postgres  \n\n"
      "host=/var/run/postgresql user=a dbname=postgres\n"
      "postgresql://b@db1/postgres\tpostgresql://c@db1/postgres"}});
  ASSERT_TRUE(outcome.problems.empty()) << describe(outcome.problems);
  EXPECT_EQ(outcome.config.tenants.at(0).id.value(), "default");
  EXPECT_EQ(names(outcome),
            (std::vector<std::string>{"db1", "db1-5433-shop", "db2",
                                      "var-run-postgresql", "db1-2", "db1-3"}));
  EXPECT_EQ(outcome.config.tenants[0].targets[2].dsn.reveal(),
            "host=db2 user=a dbname=postgres");
}

TEST(environment, keeps_a_keyword_dsn_whole_that_holds_a_uri) {
  const auto outcome = load_environment(
    {{"DATABASE_URL", "host=db1 user=a password=x://y dbname=z"}});
  ASSERT_TRUE(outcome.problems.empty()) << describe(outcome.problems);
  EXPECT_EQ(names(outcome), std::vector<std::string>{"db1-z"});
}

TEST(environment, tells_what_to_do_when_it_is_empty) {
  const auto problem = only_problem(load_environment({}));
  EXPECT_NE(problem.message.find("configuration file"), std::string::npos);
  EXPECT_NE(problem.message.find("DATABASE_URL"), std::string::npos);
  EXPECT_EQ(problem.line, 0U);
  EXPECT_EQ(problem.file, "");
}

TEST(environment, reports_a_bad_dsn_by_its_variable) {
  const auto problem =
    only_problem(load_environment({{"DATABASE_URL", "geheim"}}));
  EXPECT_EQ(problem.file, "environment variable DATABASE_URL");
  EXPECT_EQ(problem.message.find("geheim"), std::string::npos);
}

TEST(environment, makes_a_route_of_otel_variables) {
  const auto outcome = load_environment(with_dsn(
    {{"OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:4318"},
     {"OTEL_EXPORTER_OTLP_HEADERS", "api-key=a%20b%2C${c}, x-scope = 7"},
     {"OTEL_EXPORTER_OTLP_COMPRESSION", "none"},
     {"OTEL_EXPORTER_OTLP_TIMEOUT", "2500"},
     {"OTEL_RESOURCE_ATTRIBUTES",
      "deployment.environment=prod,service.name=mine,a=1%3D2"}}));
  ASSERT_TRUE(outcome.problems.empty()) << describe(outcome.problems);
  const auto& otlp = otlp_of(outcome);
  EXPECT_EQ(otlp.url, "http://127.0.0.1:4318");
  EXPECT_EQ(otlp.metrics_url, "");
  EXPECT_EQ(otlp.encoding, compression::none);
  EXPECT_EQ(otlp.timeout, milliseconds{2'500});
  ASSERT_EQ(otlp.headers.size(), 2U);
  EXPECT_EQ(otlp.headers[0].value.reveal(), "a b,${c}");
  EXPECT_EQ(otlp.headers[1].name, "x-scope");
  EXPECT_EQ(otlp.headers[1].value.reveal(), "7");
  EXPECT_EQ(outcome.config.resource,
            (attributes{{"a", "1=2"}, {"deployment.environment", "prod"}}));
}

TEST(environment, refuses_what_is_not_utf8) {
  for (const auto& [name, value] :
       {std::pair{"OTEL_RESOURCE_ATTRIBUTES", "team=\xdb"},
        std::pair{"OTEL_RESOURCE_ATTRIBUTES", "team=%DB"},
        std::pair{"PGMUSTER__TENANTS__0__TARGETS__0__ATTRIBUTES__TEAM",
                  "\xdb"}}) {
    const auto problem = only_problem(load_environment(with_dsn(
      {{"OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:1"}, {name, value}})));
    EXPECT_NE(problem.message.find("UTF-8"), std::string::npos) << name;
  }
}

TEST(environment, takes_the_metrics_endpoint_as_it_stands) {
  const auto outcome = load_environment(
    with_dsn({{"OTEL_EXPORTER_OTLP_METRICS_ENDPOINT", "http://127.0.0.1:1/x"},
              {"OTEL_EXPORTER_OTLP_METRICS_HEADERS", "a=1"},
              {"OTEL_EXPORTER_OTLP_HEADERS", "b=2"}}));
  ASSERT_TRUE(outcome.problems.empty()) << describe(outcome.problems);
  EXPECT_EQ(otlp_of(outcome).metrics_url, "http://127.0.0.1:1/x");
  EXPECT_EQ(otlp_of(outcome).encoding, compression::gzip);
  ASSERT_EQ(otlp_of(outcome).headers.size(), 1U);
  EXPECT_EQ(otlp_of(outcome).headers[0].name, "a");
}

TEST(environment, knows_a_vendor_by_its_key_alone) {
  const auto outcome =
    load_environment(with_dsn({{"NEW_RELIC_API_KEY", "geheim"}}));
  ASSERT_TRUE(outcome.problems.empty()) << describe(outcome.problems);
  EXPECT_EQ(otlp_of(outcome).url, "https://otlp.nr-data.net");
  EXPECT_EQ(otlp_of(outcome).encoding, compression::gzip);
  ASSERT_EQ(otlp_of(outcome).headers.size(), 1U);
  EXPECT_EQ(otlp_of(outcome).headers[0].name, "api-key");
  EXPECT_EQ(otlp_of(outcome).headers[0].value.reveal(), "geheim");
}

TEST(environment, gives_a_file_its_route_only_if_it_has_none) {
  const environment_map environment{
    {"OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:4318"}};
  const auto without = load_text(with_target(""), environment);
  ASSERT_TRUE(without.problems.empty()) << describe(without.problems);
  EXPECT_TRUE(without.config.routes.contains(route_name{"otlp"}));
  const auto with =
    load_text(with_target(R"("routes": {"main": {"file": "-"}})"), environment);
  ASSERT_TRUE(with.problems.empty()) << describe(with.problems);
  EXPECT_FALSE(with.config.routes.contains(route_name{"otlp"}));
}

TEST(environment, names_the_variable_that_is_wrong) {
  const auto outcome = load_environment(
    with_dsn({{"OTEL_EXPORTER_OTLP_ENDPOINT", "127.0.0.1:4318"},
              {"OTEL_EXPORTER_OTLP_HEADERS", "geheim"},
              {"OTEL_EXPORTER_OTLP_TIMEOUT", "2s"},
              {"OTEL_EXPORTER_OTLP_COMPRESSION", "snappy"},
              {"OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"},
              {"OTEL_RESOURCE_ATTRIBUTES", "a=%zz"}}));
  const auto text = describe(outcome.problems);
  EXPECT_EQ(outcome.problems.size(), 6U) << text;
  for (const auto* const words :
       {"ENDPOINT: /routes/otlp/otlp: expected a URL",
        "HEADERS: /routes/otlp/headers: expected key=value",
        "TIMEOUT: /routes/otlp/timeout: expected a whole number",
        "COMPRESSION: /routes/otlp/compression: expected one of",
        "PROTOCOL: /routes/otlp: expected \"http/protobuf\""}) {
    EXPECT_NE(text.find(std::string{"variable OTEL_EXPORTER_OTLP_"} + words),
              std::string::npos)
      << words << "\n"
      << text;
  }
  EXPECT_NE(text.find("variable OTEL_RESOURCE_ATTRIBUTES: a %"),
            std::string::npos)
    << text;
  EXPECT_EQ(text.find("geheim"), std::string::npos);
}

} // namespace
} // namespace pgmuster
