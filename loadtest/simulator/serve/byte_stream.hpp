// Bytes of one accepted connection, with TLS or without; nothing here waits.
#pragma once

#include "config/result.hpp"
#include "loadtest/simulator/scenario/simulator_scenario.hpp"

#include <openssl/ssl.h>

#include <cstddef>
#include <memory>
#include <span>
#include <string_view>

namespace pgmuster::loadtest {

struct ssl_context_free {
  void operator()(SSL_CTX* context) const noexcept { SSL_CTX_free(context); }
};
using ssl_context = std::unique_ptr<SSL_CTX, ssl_context_free>;

/// TLS 1.2 or 1.3, without tickets and cached sessions: what is kept for a
/// session is small, and each connect costs what it would cost a server.
/// Error: serve_errc::bad_certificate.
[[nodiscard]] result<ssl_context> make_ssl_context(const tls_files& files);

enum class stream_state : std::uint8_t {
  good,
  /// Nothing more until the descriptor is readable, or writable.
  wants_read,
  wants_write,
  ended
};

class byte_stream {
public:
  /// Owns the descriptor.
  explicit byte_stream(int descriptor) noexcept : descriptor_(descriptor) {}
  byte_stream(const byte_stream&) = delete;
  byte_stream& operator=(const byte_stream&) = delete;
  /// The descriptor must be watched by nobody.
  ~byte_stream();

  [[nodiscard]] int descriptor() const noexcept { return descriptor_; }

  struct outcome {
    stream_state is = stream_state::good;
    std::size_t bytes = 0;
  };
  [[nodiscard]] outcome read(std::span<char> into) noexcept;
  [[nodiscard]] outcome write(std::string_view from) noexcept;

  /// From now on all bytes go through TLS.
  [[nodiscard]] bool begin_tls(SSL_CTX* context) noexcept;
  /// good when it is made.
  [[nodiscard]] stream_state handshake() noexcept;

  /// Says goodbye, as far as that goes without waiting; closing follows.
  void farewell() noexcept;
  /// Makes closing a TCP reset.
  void make_reset() const noexcept;

private:
  struct ssl_free {
    void operator()(SSL* session) const noexcept { SSL_free(session); }
  };

  [[nodiscard]] stream_state state_of(int returned) const noexcept;

  int descriptor_;
  std::unique_ptr<SSL, ssl_free> ssl_;
};

} // namespace pgmuster::loadtest
