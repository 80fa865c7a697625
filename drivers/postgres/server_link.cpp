// libpq cannot be asked to forget a connection without ending it: it is left
// with another socket under its number, and ends that.
#include "drivers/postgres/server_link.hpp"

#include <fcntl.h>
#include <sys/socket.h>

#include <array>

namespace pgmuster::postgres {

namespace {

/// Terminate, with its length.
constexpr std::array<char, 5> farewell{'X', 0, 0, 0, 4};

} // namespace

server_link::~server_link() {
  if (socket_) {
    static_cast<void>(::send(socket_.number(), farewell.data(), farewell.size(),
                             MSG_NOSIGNAL | MSG_DONTWAIT));
  }
}

server_link server_link::ready(connection_ptr connection) noexcept {
  const int number = PQsocket(connection.get());
  server_link made{std::move(connection)};
  if (PQsslInUse(made.libpq()) != 0 || PQgssEncInUse(made.libpq()) != 0) {
    return made;
  }
  descriptor ours{::fcntl(number, F_DUPFD_CLOEXEC, 0)};
  const descriptor nobody{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  if (ours && nobody && ::dup3(nobody.number(), number, O_CLOEXEC) >= 0) {
    made.connection_.reset();
    made.socket_ = std::move(ours);
  }
  return made;
}

} // namespace pgmuster::postgres
