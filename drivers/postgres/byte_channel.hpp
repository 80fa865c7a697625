// The bytes of a connection that libpq has made, once its handshake is over.
#pragma once

#include "drivers/postgres/server_link.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace pgmuster::postgres {

/// Reads and writes what libpq would, in the clear or through its TLS, without
/// waiting. Whoever has one asks nothing of libpq about the connection but to
/// end it. Used by one thread at a time.
class byte_channel {
public:
  struct outcome {
    enum class kind : std::uint8_t {
      /// `bytes` were moved.
      moved,
      /// None can be now: see `waits_to_write`.
      later,
      /// The peer has hung up, or the connection is of no more use: see `why`.
      over
    };
    kind is = kind::later;
    std::size_t bytes = 0;
  };

  /// Borrows a link that is ready for statements.
  explicit byte_channel(const server_link& link) noexcept;

  /// False where libpq encrypts by something else than OpenSSL (GSSAPI).
  [[nodiscard]] bool usable() const noexcept { return usable_; }

  [[nodiscard]] int descriptor() const noexcept { return socket_; }

  /// Precondition of both: there is room, or something to be sent.
  [[nodiscard]] outcome read(std::span<char> into) noexcept;
  /// After `later`, the same bytes must come again at the front.
  [[nodiscard]] outcome write(std::string_view bytes) noexcept;

  /// A read that filled its room may have left more. Where that is unknown, it
  /// is true.
  [[nodiscard]] bool may_have_more(std::size_t came,
                                   std::size_t room) const noexcept {
    return tls_ != nullptr || came == room;
  }

  /// The last `later` was for want of room in the socket, be it for reading (a
  /// change of keys).
  [[nodiscard]] bool waits_to_write() const noexcept { return waits_to_write_; }

  /// Why it is over, in one line.
  [[nodiscard]] std::string why() const;

private:
  [[nodiscard]] outcome after_system_call(long moved, bool writing) noexcept;
  [[nodiscard]] outcome after_tls(int moved) noexcept;

  int socket_;
  /// OpenSSL's SSL; null in the clear.
  void* tls_;
  bool usable_;
  bool waits_to_write_ = false;
  /// errno; 0 when the peer has hung up.
  int failed_with_ = 0;
  /// OpenSSL's, where that is what failed.
  unsigned long tls_error_ = 0;
};

} // namespace pgmuster::postgres
