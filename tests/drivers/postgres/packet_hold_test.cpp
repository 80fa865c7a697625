// A socket is held while one lives, and as it was afterwards.
#include "drivers/postgres/packet_hold.hpp"

#include <gtest/gtest.h>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

namespace pgmuster::postgres {
namespace {

int corked(int socket) {
  int value = -1;
  socklen_t size = sizeof value;
  EXPECT_EQ(::getsockopt(socket, IPPROTO_TCP, TCP_CORK, &value, &size), 0);
  return value;
}

TEST(packet_hold, holds_a_tcp_socket_while_it_lives) {
  const int socket = ::socket(AF_INET, SOCK_STREAM, 0);
  ASSERT_GE(socket, 0);
  {
    const packet_hold together{socket};
    EXPECT_EQ(corked(socket), 1);
  }
  EXPECT_EQ(corked(socket), 0);
  ::close(socket);
}

TEST(packet_hold, what_was_written_meanwhile_comes_whole) {
  int pair[2] = {-1, -1};
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
  {
    const packet_hold together{pair[0]};
    ASSERT_EQ(::write(pair[0], "a", 1), 1);
    ASSERT_EQ(::write(pair[0], "b", 1), 1);
  }
  char got[3] = {};
  EXPECT_EQ(::read(pair[1], got, 2), 2);
  EXPECT_STREQ(got, "ab");
  ::close(pair[0]);
  ::close(pair[1]);
}

} // namespace
} // namespace pgmuster::postgres
