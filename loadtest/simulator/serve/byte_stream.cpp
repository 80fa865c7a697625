// OpenSSL on a non-blocking socket; its error queue is left empty.
#include "loadtest/simulator/serve/byte_stream.hpp"

#include "loadtest/simulator/serve/errc.hpp"

#include <openssl/err.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <limits>

namespace pgmuster::loadtest {

namespace {

stream_state state_of_errno(stream_state would_block) noexcept {
  return errno == EAGAIN || errno == EINTR ? would_block : stream_state::ended;
}

int at_most_int(std::size_t bytes) noexcept {
  return static_cast<int>(std::min<std::size_t>(
    bytes, static_cast<std::size_t>(std::numeric_limits<int>::max())));
}

} // namespace

result<ssl_context> make_ssl_context(const tls_files& files) {
  ssl_context made{SSL_CTX_new(TLS_server_method())};
  if (made == nullptr
      || SSL_CTX_use_certificate_chain_file(made.get(),
                                            files.certificate.c_str())
           != 1
      || SSL_CTX_use_PrivateKey_file(made.get(), files.key.c_str(),
                                     SSL_FILETYPE_PEM)
           != 1
      || SSL_CTX_check_private_key(made.get()) != 1) {
    ERR_clear_error();
    return fail(serve_errc::bad_certificate,
                files.certificate.string() + ", " + files.key.string());
  }
  SSL_CTX_set_min_proto_version(made.get(), TLS1_2_VERSION);
  SSL_CTX_set_mode(made.get(), SSL_MODE_ENABLE_PARTIAL_WRITE
                                 | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER
                                 | SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_session_cache_mode(made.get(), SSL_SESS_CACHE_OFF);
  SSL_CTX_set_options(made.get(), SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION
                                    | SSL_OP_NO_COMPRESSION);
  SSL_CTX_set_num_tickets(made.get(), 0);
  return made;
}

byte_stream::~byte_stream() {
  ssl_.reset();
  ::close(descriptor_);
}

stream_state byte_stream::state_of(int returned) const noexcept {
  const int why = SSL_get_error(ssl_.get(), returned);
  ERR_clear_error();
  switch (why) {
  case SSL_ERROR_WANT_READ:
    return stream_state::wants_read;
  case SSL_ERROR_WANT_WRITE:
    return stream_state::wants_write;
  default:
    return stream_state::ended;
  }
}

byte_stream::outcome byte_stream::read(std::span<char> into) noexcept {
  if (ssl_ != nullptr) {
    const int got = SSL_read(ssl_.get(), into.data(), at_most_int(into.size()));
    return got > 0 ? outcome{stream_state::good, static_cast<std::size_t>(got)}
                   : outcome{state_of(got), 0};
  }
  const auto got = ::recv(descriptor_, into.data(), into.size(), 0);
  if (got > 0) {
    return {stream_state::good, static_cast<std::size_t>(got)};
  }
  return {got == 0 ? stream_state::ended
                   : state_of_errno(stream_state::wants_read),
          0};
}

byte_stream::outcome byte_stream::write(std::string_view from) noexcept {
  if (ssl_ != nullptr) {
    const int put =
      SSL_write(ssl_.get(), from.data(), at_most_int(from.size()));
    return put > 0 ? outcome{stream_state::good, static_cast<std::size_t>(put)}
                   : outcome{state_of(put), 0};
  }
  const auto put = ::send(descriptor_, from.data(), from.size(), MSG_NOSIGNAL);
  if (put >= 0) {
    return {stream_state::good, static_cast<std::size_t>(put)};
  }
  return {state_of_errno(stream_state::wants_write), 0};
}

bool byte_stream::begin_tls(SSL_CTX* context) noexcept {
  ssl_.reset(SSL_new(context));
  if (ssl_ == nullptr || SSL_set_fd(ssl_.get(), descriptor_) != 1) {
    return false;
  }
  SSL_set_accept_state(ssl_.get());
  return true;
}

stream_state byte_stream::handshake() noexcept {
  const int made = SSL_do_handshake(ssl_.get());
  return made == 1 ? stream_state::good : state_of(made);
}

void byte_stream::farewell() noexcept {
  if (ssl_ != nullptr && SSL_is_init_finished(ssl_.get()) == 1) {
    SSL_shutdown(ssl_.get());
    ERR_clear_error();
  }
  ::shutdown(descriptor_, SHUT_WR);
  // Unread bytes would turn closing into a reset that can overtake our last
  // words.
  std::array<char, 4'096> rest{};
  while (::recv(descriptor_, rest.data(), rest.size(), 0) > 0) {
  }
}

void byte_stream::make_reset() const noexcept {
  const linger at_once{1, 0};
  ::setsockopt(descriptor_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
}

} // namespace pgmuster::loadtest
