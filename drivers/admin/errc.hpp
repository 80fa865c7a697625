// Why the admin side failed, as far as a person at a terminal must know.
#pragma once

#include <cstdint>
#include <system_error>

namespace pgmuster {

enum class admin_errc : std::uint8_t {
  success = 0,
  /// `listen` is not host:port or [v6]:port.
  bad_listen_address,
  /// The host of `listen` does not resolve, or to no address of this machine.
  no_such_address,
  /// Another program listens there.
  address_in_use,
  /// The system refuses to listen there (rights, descriptors).
  cannot_listen,
  /// A URL that is not http(s)://….
  bad_url,
  /// Nobody answers there.
  unreachable,
  /// No whole answer within the time.
  timed_out,
  /// An answer that is not 2xx.
  bad_status,
  /// An answer longer than `http_get_bytes_max`.
  answer_too_long,
  /// The answer is no HTTP, or was cut off.
  bad_answer
};

[[nodiscard]] const std::error_category& admin_category() noexcept;
[[nodiscard]] std::error_code make_error_code(admin_errc code) noexcept;

} // namespace pgmuster

template <>
struct std::is_error_code_enum<pgmuster::admin_errc> : std::true_type {};
