// Where the option is not known, all is as it would be without it.
#include "drivers/postgres/packet_hold.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

namespace pgmuster::postgres {

namespace {

bool set_cork(int socket, int value) noexcept {
  return ::setsockopt(socket, IPPROTO_TCP, TCP_CORK, &value, sizeof value) == 0;
}

} // namespace

packet_hold::packet_hold(int socket) noexcept
  : socket_(set_cork(socket, 1) ? socket : -1) {}

packet_hold::~packet_hold() {
  if (socket_ >= 0) {
    static_cast<void>(set_cork(socket_, 0));
  }
}

} // namespace pgmuster::postgres
