// PostgreSQL's backends leave their socket open until their process ends, for
// clients that want to know: its end is the end of the session.
#include "drivers/postgres/close_task.hpp"

#include "config/limits.hpp"

#include <fcntl.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>

namespace pgmuster::postgres {

namespace {

/// Empty for a connection that never came about: it has no session.
descriptor another_number(const server_link& link) {
  PGconn* const libpq = link.libpq();
  if (link.socket() < 0
      || (libpq != nullptr && PQstatus(libpq) == CONNECTION_STARTED)) {
    return {};
  }
  return descriptor{::fcntl(link.socket(), F_DUPFD_CLOEXEC, 0)};
}

/// False when the peer has closed, or the socket is of no more use.
bool still_open(int socket) {
  std::array<char, 4'096> rest{};
  for (;;) {
    const auto came = ::recv(socket, rest.data(), rest.size(), MSG_DONTWAIT);
    if (came == 0) {
      return false;
    }
    if (came < 0) {
      return errno == EAGAIN || errno == EINTR;
    }
  }
}

} // namespace

close_task::close_task(server_link link,
                       std::shared_ptr<const void> keeps,
                       mono_time now) noexcept
  : keeps_(std::move(keeps)), link_(std::move(link)), due_(now) {}

void close_task::waits_for(std::vector<pollfd>& out) const {
  if (socket_) {
    out.push_back({socket_.number(), POLLIN, 0});
  }
}

bool close_task::step(std::span<const pollfd> /*ready*/, mono_time now) {
  if (link_) {
    socket_ = another_number(link_);
    static_cast<void>(server_link{std::move(link_)});
    due_ = now + limits::closing_max;
  }
  return socket_ && now < due_ && still_open(socket_.number());
}

} // namespace pgmuster::postgres
