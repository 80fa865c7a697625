// A request is answered if it was meant for us by a name of ours.
#include "drivers/admin/known_host.hpp"

#include <gtest/gtest.h>

namespace pgmuster {
namespace {

TEST(known_host, loopback_is_known_by_name_and_address) {
  for (const char* const host :
       {"localhost", "localhost:9432", "LocalHost.", "127.0.0.1:9432",
        "127.9.9.9", "[::1]:9432", "[::1]", "::1", ""}) {
    EXPECT_TRUE(is_known_host(host, "127.0.0.1:9432", {})) << host;
  }
}

TEST(known_host, a_foreign_name_or_address_is_not) {
  for (const char* const host :
       {"rebound.example", "rebound.example:9432", "localhost.example",
        "127.0.0.1.example", "10.0.0.5:9432", "[2001:db8::1]:9432",
        "2130706433", "[", "]", ":", "[::1", "127.0.0.1:9432:1"}) {
    EXPECT_FALSE(is_known_host(host, "127.0.0.1:9432", {})) << host;
  }
}

TEST(known_host, what_it_listens_on_is_known) {
  EXPECT_TRUE(is_known_host("10.0.0.5:9432", "10.0.0.5:9432", {}));
  EXPECT_TRUE(is_known_host("Collector:80", "collector:9432", {}));
  EXPECT_TRUE(is_known_host("[2001:db8::1]", "[2001:db8:0::1]:9432", {}));
  EXPECT_FALSE(is_known_host("10.0.0.6:9432", "10.0.0.5:9432", {}));
}

TEST(known_host, on_all_addresses_any_address_is_known_and_no_name) {
  EXPECT_TRUE(is_known_host("10.0.0.5:9432", "0.0.0.0:9432", {}));
  EXPECT_TRUE(is_known_host("[2001:db8::1]:9432", "[::]:9432", {}));
  EXPECT_FALSE(is_known_host("rebound.example:9432", "0.0.0.0:9432", {}));
}

TEST(known_host, further_names_are_configured) {
  const std::vector<std::string> hosts{"pgmuster.internal", "10.1.1.1"};
  EXPECT_TRUE(is_known_host("PGMUSTER.internal:443", "0.0.0.0:1", hosts));
  EXPECT_TRUE(is_known_host("10.1.1.1", "127.0.0.1:1", hosts));
  EXPECT_FALSE(is_known_host("x.pgmuster.internal", "0.0.0.0:1", hosts));
}

} // namespace
} // namespace pgmuster
