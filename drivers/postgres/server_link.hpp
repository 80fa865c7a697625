// A connection to a server, and who must end it: libpq, which made it, or,
// once a handshake in the clear is over, nobody but its owner.
#pragma once

#include "drivers/postgres/handles.hpp"

namespace pgmuster::postgres {

/// Says farewell and closes at its end, without waiting.
class server_link {
public:
  server_link() = default;
  /// libpq's, in whichever state.
  explicit server_link(connection_ptr connection) noexcept
    : connection_(std::move(connection)) {}
  /// Of one that is ready for statements and idle only the socket is kept, and
  /// what libpq holds for it freed, unless libpq is needed to encrypt.
  [[nodiscard]] static server_link ready(connection_ptr connection) noexcept;

  server_link(server_link&&) noexcept = default;
  server_link& operator=(server_link&& other) noexcept {
    std::swap(connection_, other.connection_);
    std::swap(socket_, other.socket_);
    return *this;
  }
  server_link(const server_link&) = delete;
  server_link& operator=(const server_link&) = delete;
  ~server_link();

  /// Null when it has been let go.
  [[nodiscard]] PGconn* libpq() const noexcept { return connection_.get(); }
  /// Negative when there is none.
  [[nodiscard]] int socket() const noexcept {
    return connection_ ? PQsocket(connection_.get()) : socket_.number();
  }
  [[nodiscard]] explicit operator bool() const noexcept {
    return connection_ != nullptr || socket_;
  }

private:
  connection_ptr connection_;
  descriptor socket_;
};

} // namespace pgmuster::postgres
