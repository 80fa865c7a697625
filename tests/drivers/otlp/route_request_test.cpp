// What a request takes over from its route.
#include "drivers/otlp/route_request.hpp"

#include <gtest/gtest.h>

namespace pgmuster {
namespace {

otlp_destination destination() {
  otlp_destination made;
  made.url = "https://otlp.example.com";
  made.headers = {{"X-Scope-OrgID", secret_string{"org-${tenant.id}"}}};
  made.timeout = seconds{7};
  made.tls.least = route_tls::version::tls_1_2;
  made.tls.roots = "ca.pem";
  made.tls.certificate = "own.pem";
  made.tls.key = "own.key";
  made.proxy = secret_string{"http://me:secret@proxy:3128"};
  return made;
}

TEST(route_request, trusts_and_shows_what_the_route_says) {
  const auto made =
    route_request(destination(), signal::metrics, tenant_id{"acme"});
  EXPECT_EQ(made.tls.least, route_tls::version::tls_1_2);
  EXPECT_EQ(made.tls.roots, "ca.pem");
  EXPECT_EQ(made.tls.certificate, "own.pem");
  EXPECT_EQ(made.tls.key, "own.key");
  ASSERT_TRUE(made.proxy);
  EXPECT_EQ(made.proxy->reveal(), "http://me:secret@proxy:3128");
  EXPECT_EQ(made.timeout, seconds{7});
}

TEST(route_request, carries_the_tenants_own_headers) {
  const auto made =
    route_request(destination(), signal::metrics, tenant_id{"acme"});
  ASSERT_EQ(made.headers.size(), 1U);
  EXPECT_EQ(made.headers[0].value.reveal(), "org-acme");
}

TEST(route_request, goes_where_its_signal_belongs) {
  auto to = destination();
  const auto url = [&](signal carries) {
    return route_request(to, carries, tenant_id{"acme"}).url;
  };
  EXPECT_EQ(url(signal::metrics), "https://otlp.example.com/v1/metrics");
  EXPECT_EQ(url(signal::logs), "https://otlp.example.com/v1/logs");
  to.metrics_url = "https://elsewhere.example.com/in";
  EXPECT_EQ(url(signal::metrics), "https://elsewhere.example.com/in");
  EXPECT_EQ(url(signal::logs), "https://otlp.example.com/v1/logs");
}

} // namespace
} // namespace pgmuster
