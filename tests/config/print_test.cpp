// What is printed holds no secret and is itself a configuration.
#include "tests/config/loading_case.hpp"

#include <gtest/gtest.h>

namespace pgmuster {
namespace {

using namespace testing; // NOLINT(google-build-using-namespace): fixtures

constexpr auto with_secrets = R"({
  "routes": {"main": {"otlp": "http://127.0.0.1:4318",
                      "headers": {"api-key": "geheim"}},
             "copy": {"file": "-"}},
  "tenants": [{"id": "acme", "targets": [
    {"name": "orders", "dsn": "postgresql://me:geheim@db1:5433/shop",
     "password_env": "PW", "databases": ["a", "b"],
     "attributes": {"env": "prod"}},
    {"name": "local", "dsn": "host=/run/x user=u/v sslmode=disable application_name=x/y"}]}]})";

constexpr const char* printed_with_defaults = R"({
  "routes": {
    "copy": {
      "file": "-",
      "signals": ["metrics","logs"]
    },
    "main": {
      "otlp": "http://127.0.0.1:4318",
      "compression": "zstd",
      "headers": {
        "api-key": "***"
      },
      "shards": 2,
      "timeout": "10s",
      "batch": {
        "bytes": "900kB",
        "points": 100000,
        "age": "1s"
      },
      "retry": {
        "first": "1s",
        "longest": "30s",
        "unauthorised": "1m",
        "retry_after_max": "1h",
        "refused": 3
      },
      "breaker": {
        "failures": 5,
        "failures_percent": 50,
        "window": "30s",
        "outcomes": 20,
        "first": "1s",
        "longest": "30s"
      },
      "tls": {
        "min_version": "1.3"
      },
      "ordering": "strict",
      "on_ambiguous": "retry",
      "temporality": "cumulative",
      "signals": ["metrics"]
    }
  },
  "tenants": [
    {
      "id": "acme",
      "routes": ["copy","main"],
      "events": {
        "sampling": "probabilistic",
        "rate_percent": 25,
        "budget": 10,
        "top_queries": 20,
        "long_transaction": "5m",
        "idle_in_transaction": "1m",
        "blocking": "10s"
      },
      "series": {
        "per_target": 250000,
        "per_tenant": 10000000,
        "tables": 300,
        "indexes": 600
      },
      "targets": [
        {
          "name": "orders",
          "dsn": "postgresql://me:***@db1:5433/shop",
          "password_env": "PW",
          "databases": ["a","b"],
          "attributes": {
            "env": "prod"
          }
        },
        {
          "name": "local",
          "dsn": "postgresql://u%2Fv@%2Frun%2Fx:5432/u%2Fv?sslmode=disable&application_name=x%2Fy",
          "databases": "all",
          "attributes": {}
        }
      ]
    }
  ],
  "intervals": {
    "default": "10s",
    "database": "1m",
    "statements": "1m"
  },
  "timeouts": {
    "statement": "3s",
    "lock": "100ms",
    "probe": "10s",
    "cycle": "20s"
  },
  "reconnect": {
    "after": "1s",
    "at_most": "1m",
    "refused_after": "30s",
    "refused_at_most": "5m"
  },
  "admin": {
    "listen": "127.0.0.1:9432",
    "hosts": []
  },
  "log": {
    "level": "info",
    "format": "text"
  },
  "process": {
    "workers": 0,
    "lanes": 2,
    "connectors": 2,
    "connects_per_second": 200,
    "target_connections": 2,
    "reactor": "auto",
    "shutdown_grace": "5s"
  },
  "events": {
    "sampling": "probabilistic",
    "rate_percent": 25,
    "budget": 10,
    "top_queries": 20,
    "long_transaction": "5m",
    "idle_in_transaction": "1m",
    "blocking": "10s"
  },
  "statements": {
    "limit": 50,
    "min_mean_time": "0s",
    "text": "normalised",
    "text_length": "1KiB",
    "text_bytes": "1MiB",
    "comment_tags": []
  },
  "series": {
    "per_target": 250000,
    "per_tenant": 10000000,
    "tables": 300,
    "indexes": 600
  }
}
)";

TEST(print_configuration, writes_every_default_and_masks_every_secret) {
  const auto outcome = load_text(with_secrets, {{"PW", "geheim"}});
  ASSERT_TRUE(outcome.problems.empty()) << describe(outcome.problems);
  EXPECT_EQ(print_configuration(outcome.config), printed_with_defaults);
}

TEST(print_configuration, names_the_files_for_tls_of_those_that_have_them) {
  const auto printed =
    print_configuration(load_text(R"({"tenants": [{"id": "acme", "targets": [
      {"name": "orders", "dsn": "host=db1 user=me", "ca_file": "system",
       "cert_file": "/k/my.crt", "key_file": "/k/my.key"}]}]})")
                          .config);
  EXPECT_NE(printed.find(R"("ca_file": "system")"), printed.npos) << printed;
  EXPECT_NE(printed.find(R"("cert_file": "/k/my.crt")"), printed.npos);
  EXPECT_NE(printed.find(R"("key_file": "/k/my.key")"), printed.npos);
}

TEST(print_configuration, can_be_loaded_and_prints_itself_again) {
  const environment_map environment{{"PW", "geheim"}};
  const auto printed =
    print_configuration(load_text(with_secrets, environment).config);
  const auto again = load_text(printed, environment);
  ASSERT_TRUE(again.problems.empty()) << describe(again.problems);
  EXPECT_EQ(again.config.tenants.size(), 1U);
  EXPECT_EQ(again.config.routes.size(), 2U);
}

} // namespace
} // namespace pgmuster
