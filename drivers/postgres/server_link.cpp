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

void server_link::let_libpq_go() noexcept {
  PGconn* const made = connection_.get();
  if (made == nullptr || PQsslInUse(made) != 0 || PQgssEncInUse(made) != 0) {
    return;
  }
  descriptor ours{::fcntl(PQsocket(made), F_DUPFD_CLOEXEC, 0)};
  const descriptor nobody{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  if (!ours || !nobody
      || ::dup3(nobody.number(), PQsocket(made), O_CLOEXEC) < 0) {
    return;
  }
  connection_.reset();
  socket_ = std::move(ours);
}

} // namespace pgmuster::postgres
