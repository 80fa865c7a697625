#include "loadtest/runner/free_port.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

namespace pgmuster::loadtest {

std::uint16_t free_port() {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in at{};
  at.sin_family = AF_INET;
  at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof at;
  auto* const address = reinterpret_cast<sockaddr*>(&at);
  const bool got = fd >= 0 && ::bind(fd, address, size) == 0
                   && ::getsockname(fd, address, &size) == 0;
  if (fd >= 0) {
    ::close(fd);
  }
  return got ? ntohs(at.sin_port) : std::uint16_t{0};
}

} // namespace pgmuster::loadtest
