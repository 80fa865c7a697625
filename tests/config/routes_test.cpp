// A route's keys, what a profile makes of the ones that are not given, and
// headers of each tenant's own.
#include "tests/config/loading_case.hpp"

#include <gtest/gtest.h>

namespace pgmuster {
namespace {

using namespace testing; // NOLINT(google-build-using-namespace): fixtures
using literals::operator""_kB;
using literals::operator""_MiB;

route_config only_route(const std::string& keys, environment_map from = {}) {
  const auto outcome = load_text(
    with_target(R"("routes": {"main": {)" + keys + "}}"), std::move(from));
  EXPECT_TRUE(outcome.problems.empty()) << describe(outcome.problems);
  return outcome.config.routes.at(route_name{"main"});
}

const otlp_destination& otlp_of(const route_config& route) {
  return std::get<otlp_destination>(route.destination);
}

constexpr auto url = R"("otlp": "http://127.0.0.1:4318")";

TEST(routes, every_key_of_delivery_arrives) {
  const auto route = only_route(std::string{url} + R"(,
    "batch": {"bytes": "1MB", "points": 5000, "age": "500ms"},
    "retry": {"first": "2s", "longest": "1m", "unauthorised": "5m",
              "retry_after_max": "10m", "refused": 7},
    "breaker": {"failures": 3, "failures_percent": 25, "window": "1m",
                "outcomes": 11, "first": "500ms", "longest": "10s"},
    "tls": {"ca_file": "/c/ca.pem", "cert_file": "/c/c.pem",
            "key_file": "/c/k.pem", "min_version": "1.2"},
    "proxy": "http://me:geheim@proxy:3128", "ordering": "relaxed",
    "max_age": "48h", "on_ambiguous": "drop")");
  const auto& to = otlp_of(route);
  EXPECT_EQ(route.batch.bytes, byte_count{1'000'000});
  EXPECT_EQ(route.batch.points, 5'000U);
  EXPECT_EQ(route.batch.age, milliseconds{500});
  EXPECT_EQ(to.retry.first, seconds{2});
  EXPECT_EQ(to.retry.longest, seconds{60});
  EXPECT_EQ(to.retry.unauthorised, seconds{300});
  EXPECT_EQ(to.retry.retry_after_max, seconds{600});
  EXPECT_EQ(to.retry.refused_max, 7U);
  EXPECT_EQ(to.breaker.failures_max, 3U);
  EXPECT_EQ(to.breaker.failures_percent, 25U);
  EXPECT_EQ(to.breaker.window, seconds{60});
  EXPECT_EQ(to.breaker.outcomes_min, 11U);
  EXPECT_EQ(to.breaker.open_first, milliseconds{500});
  EXPECT_EQ(to.breaker.open_longest, seconds{10});
  EXPECT_EQ(to.tls.roots, "/c/ca.pem");
  EXPECT_EQ(to.tls.certificate, "/c/c.pem");
  EXPECT_EQ(to.tls.key, "/c/k.pem");
  EXPECT_EQ(to.tls.least, route_tls::version::tls_1_2);
  EXPECT_EQ(to.proxy->reveal(), "http://me:geheim@proxy:3128");
  EXPECT_EQ(to.ordering, delivery_order::relaxed);
  EXPECT_EQ(to.age_max, std::chrono::hours{48});
  EXPECT_EQ(to.on_ambiguous, ambiguous_send::drop);
}

TEST(routes, tls_is_1_3_and_order_strict_unless_told_otherwise) {
  const auto route = only_route(url);
  EXPECT_EQ(otlp_of(route).tls.least, route_tls::version::tls_1_3);
  EXPECT_EQ(otlp_of(route).ordering, delivery_order::strict);
  EXPECT_EQ(otlp_of(route).on_ambiguous, ambiguous_send::retry);
  EXPECT_FALSE(otlp_of(route).proxy);
  EXPECT_FALSE(otlp_of(route).age_max);
  EXPECT_EQ(route.batch.bytes, 900_kB);
}

TEST(routes, a_profile_sets_what_is_not_given) {
  const auto collector =
    only_route(std::string{url} + R"(, "profile": "collector")");
  EXPECT_EQ(collector.batch.bytes, 4_MiB);
  EXPECT_EQ(otlp_of(collector).encoding, compression::zstd);

  const auto grafana = only_route(
    std::string{url}
    + R"(, "profile": "grafana", "headers": {"authorization": "Basic x"})");
  EXPECT_EQ(otlp_of(grafana).encoding, compression::gzip);
  EXPECT_EQ(grafana.batch.bytes, 900_kB);

  const auto newrelic = only_route(
    std::string{url} + R"(, "profile": "newrelic", "headers": {"Api-Key": "k"},
                    "compression": "gzip", "batch": {"bytes": "500kB"},
                    "tls": {"min_version": "1.3"})");
  EXPECT_EQ(otlp_of(newrelic).encoding, compression::gzip)
    << "the route's own keys go before the profile's";
  EXPECT_EQ(newrelic.batch.bytes, 500_kB);
  EXPECT_EQ(otlp_of(newrelic).tls.least, route_tls::version::tls_1_3);
}

TEST(routes, a_profile_names_the_header_it_lacks) {
  const auto problem = only_problem(load_text(with_target(
    R"("routes": {"main": {"otlp": "http://127.0.0.1:4318",
                           "profile": "grafana"}})")));
  EXPECT_EQ(problem.pointer, "/routes/main/profile");
  EXPECT_EQ(problem.message, "profile \"grafana\" needs the header "
                             "\"Authorization\" in \"headers\"");
}

TEST(routes, a_header_that_the_transport_sets_is_refused) {
  for (const char* const name :
       {"Content-Length", "host", "Content-Type", "content-encoding",
        "Transfer-Encoding", "CONNECTION"}) {
    const auto problem = only_problem(load_text(with_target(
      R"("routes": {"main": {"otlp": "http://127.0.0.1:4318", "headers": {")"
      + std::string{name} + R"(": "x"}}})")));
    EXPECT_EQ(problem.pointer, std::string{"/routes/main/headers/"} + name);
    EXPECT_EQ(problem.message,
              "this header is set by the transport and cannot be given");
  }
}

TEST(routes, a_header_cannot_be_given_twice_in_another_case) {
  const auto problem = only_problem(load_text(with_target(
    R"("routes": {"main": {"otlp": "http://127.0.0.1:4318",
                           "headers": {"Api-Key": "x", "api-key": "y"}}})")));
  EXPECT_EQ(problem.pointer, "/routes/main/headers/api-key");
  EXPECT_EQ(problem.message, "the same header as \"Api-Key\": letters' case "
                             "makes no difference");
}

TEST(routes, an_unknown_template_in_a_header_is_told_the_known_one) {
  const auto problem = only_problem(load_text(with_target(
    R"("routes": {"main": {"otlp": "http://127.0.0.1:4318",
                           "headers": {"x-org": "${tenant.name}"}}})")));
  EXPECT_EQ(problem.pointer, "/routes/main/headers/x-org");
  EXPECT_NE(problem.message.find("or \"${tenant.id}\""), std::string::npos)
    << problem.message;
}

TEST(routes, sums_are_cumulative_unless_told_otherwise) {
  EXPECT_EQ(otlp_of(only_route(url)).temporality, sum_temporality::cumulative);
  EXPECT_EQ(
    otlp_of(only_route(std::string{url} + R"(, "temporality": "delta")"))
      .temporality,
    sum_temporality::delta);
}

TEST(routes, datadog_takes_deltas_in_small_requests) {
  const auto route =
    only_route(std::string{url}
               + R"(, "profile": "datadog", "headers": {"DD-API-KEY": "k"})");
  EXPECT_EQ(otlp_of(route).temporality, sum_temporality::delta);
  EXPECT_EQ(otlp_of(route).encoding, compression::gzip);
  // 512 KiB is its bound, even for what no compression makes smaller.
  EXPECT_EQ(route.batch.bytes, 500_kB);
}

TEST(routes, datadog_takes_no_cumulative_sums) {
  const auto problem = only_problem(load_text(with_target(
    R"("routes": {"main": {"otlp": "http://127.0.0.1:4318",
                           "profile": "datadog",
                           "headers": {"dd-api-key": "k"},
                           "temporality": "cumulative"}})")));
  EXPECT_EQ(problem.pointer, "/routes/main/temporality");
  EXPECT_NE(problem.message.find("delta"), std::string::npos);
}

TEST(routes, a_file_has_no_temporality) {
  const auto problem = only_problem(load_text(with_target(
    R"("routes": {"main": {"file": "-", "temporality": "delta"}})")));
  EXPECT_EQ(problem.pointer, "/routes/main/temporality");
}

TEST(routes, a_header_is_each_tenants_own) {
  const auto route = only_route(
    std::string{url} + R"(, "headers": {"X-Scope-OrgID": "${tenant.id}",
      "other": "${KEY}-${tenant.id}-${tenant.id}", "plain": "$${x}"})",
    {{"KEY", "k"}});
  std::map<std::string, std::string> sent;
  for (const auto& one : headers_for(otlp_of(route), tenant_id{"acme"})) {
    sent[one.name] = one.value.reveal();
  }
  EXPECT_EQ(sent["X-Scope-OrgID"], "acme");
  EXPECT_EQ(sent["other"], "k-acme-acme");
  EXPECT_EQ(sent["plain"], "${x}");
}

TEST(routes, a_proxys_password_is_shown_nowhere) {
  const auto outcome = load_text(with_target(
    R"("routes": {"main": {"otlp": "http://127.0.0.1:4318",
                           "proxy": "http://me:geheim@proxy:3128/path"}})"));
  ASSERT_EQ(outcome.problems.size(), 1U);
  EXPECT_EQ(describe(outcome.problems).find("geheim"), std::string::npos);
  EXPECT_EQ(print_configuration(outcome.config).find("geheim"),
            std::string::npos);
}

} // namespace
} // namespace pgmuster
