// libpq's SSL reads and writes its socket by libpq's own functions, which work
// as long as the connection lives.
#include "drivers/postgres/byte_channel.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <limits>
#include <system_error>

namespace pgmuster::postgres {

namespace {

SSL* as_ssl(void* tls) noexcept {
  return static_cast<SSL*>(tls);
}

int as_length(std::size_t size) noexcept {
  constexpr std::size_t most = std::numeric_limits<int>::max();
  return static_cast<int>(std::min(size, most));
}

} // namespace

byte_channel::byte_channel(const server_link& link) noexcept
  : socket_(link.socket()),
    tls_(link.libpq() == nullptr ? nullptr
                                 : PQsslStruct(link.libpq(), "OpenSSL")),
    usable_(
      tls_ != nullptr || link.libpq() == nullptr
      || (PQsslInUse(link.libpq()) == 0 && PQgssEncInUse(link.libpq()) == 0)) {
  if (tls_ != nullptr) {
    // 34 KiB that are of no use between two cycles.
    SSL_set_mode(as_ssl(tls_), SSL_MODE_RELEASE_BUFFERS);
  }
}

byte_channel::outcome byte_channel::read(std::span<char> into) noexcept {
  if (tls_ == nullptr) {
    return after_system_call(::recv(socket_, into.data(), into.size(), 0),
                             false);
  }
  ERR_clear_error();
  return after_tls(SSL_read(as_ssl(tls_), into.data(), as_length(into.size())));
}

byte_channel::outcome byte_channel::write(std::string_view bytes) noexcept {
  if (tls_ == nullptr) {
    return after_system_call(
      ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL), true);
  }
  ERR_clear_error();
  return after_tls(
    SSL_write(as_ssl(tls_), bytes.data(), as_length(bytes.size())));
}

byte_channel::outcome byte_channel::after_system_call(long moved,
                                                      bool writing) noexcept {
  waits_to_write_ = false;
  if (moved > 0) {
    return {outcome::kind::moved, static_cast<std::size_t>(moved)};
  }
  const int error = moved == 0 ? 0 : errno;
  if (error == EAGAIN || error == EINTR) {
    waits_to_write_ = writing;
    return {};
  }
  failed_with_ = error;
  return {outcome::kind::over};
}

byte_channel::outcome byte_channel::after_tls(int moved) noexcept {
  waits_to_write_ = false;
  if (moved > 0) {
    return {outcome::kind::moved, static_cast<std::size_t>(moved)};
  }
  const int system_error = errno;
  switch (SSL_get_error(as_ssl(tls_), moved)) {
  case SSL_ERROR_WANT_WRITE:
    waits_to_write_ = true;
    return {};
  case SSL_ERROR_WANT_READ:
    return {};
  case SSL_ERROR_SYSCALL:
    failed_with_ = system_error;
    break;
  case SSL_ERROR_SSL:
    tls_error_ = ERR_peek_last_error();
    break;
  default: // the peer has said that it ends
    break;
  }
  return {outcome::kind::over};
}

std::string byte_channel::why() const {
  if (tls_error_ != 0) {
    std::array<char, 256> words{};
    ERR_error_string_n(tls_error_, words.data(), words.size());
    return words.data();
  }
  return failed_with_ == 0 ? "the server closed the connection"
                           : std::generic_category().message(failed_with_);
}

} // namespace pgmuster::postgres
