// Several small writes to a socket leave as few packets as they fit into.
#pragma once

namespace pgmuster::postgres {

/// libpq 15 writes at each Sync, and each packet wakes the server: while this
/// lives, the kernel keeps what is not a whole packet (TCP_CORK, tcp(7)), at
/// most 200 ms. Its end sends the rest. Does nothing for other sockets.
class packet_hold {
public:
  explicit packet_hold(int socket) noexcept;
  packet_hold(const packet_hold&) = delete;
  packet_hold& operator=(const packet_hold&) = delete;
  ~packet_hold();

private:
  int socket_;
};

} // namespace pgmuster::postgres
