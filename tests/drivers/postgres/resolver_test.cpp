// Names resolve from the hosts file, and a silent name server ends in an error.
#include "drivers/postgres/errc.hpp"
#include "drivers/postgres/handles.hpp"
#include "drivers/postgres/resolver.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <arpa/inet.h>
#include <sys/socket.h>

#include <algorithm>

namespace pgmuster::postgres {
namespace {

resolver::answer drive(resolver& lookup) {
  while (!lookup.outcome()) {
    std::vector<pollfd> wanted;
    lookup.waits_for(wanted);
    ::poll(wanted.data(), wanted.size(),
           static_cast<int>(lookup.patience().count()));
    lookup.step(wanted);
  }
  return *lookup.outcome();
}

TEST(resolver, localhost_comes_from_the_hosts_file) {
  resolver lookup{"localhost", milliseconds{2'000}};
  const auto found = drive(lookup);
  ASSERT_TRUE(found) << describe(found.error());
  EXPECT_NE(std::find(found->begin(), found->end(), "127.0.0.1"), found->end());
}

TEST(resolver, a_silent_name_server_is_given_up) {
  const descriptor silent{::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
  sockaddr_in at{};
  at.sin_family = AF_INET;
  at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof at;
  auto* const address = reinterpret_cast<sockaddr*>(&at);
  ASSERT_EQ(::bind(silent.number(), address, length), 0);
  ASSERT_EQ(::getsockname(silent.number(), address, &length), 0);
  resolver lookup{"db.pgmuster.test", milliseconds{300},
                  fmt::format("127.0.0.1:{}", ntohs(at.sin_port))};
  const auto found = drive(lookup);
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().code, errc::name_not_resolved);
  EXPECT_NE(describe(found.error()).find("db.pgmuster.test"),
            std::string::npos);
}

TEST(resolver, one_that_goes_while_asking_leaves_nothing) {
  const resolver lookup{"db.pgmuster.test", milliseconds{300}, "127.0.0.1:9"};
  EXPECT_FALSE(lookup.outcome());
}

} // namespace
} // namespace pgmuster::postgres
