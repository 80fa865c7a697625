// Why a reactor did not start.
#pragma once

#include <cstdint>
#include <system_error>

namespace pgmuster {

enum class reactor_errc : std::uint8_t {
  success = 0,
  /// io_uring was asked for and this host does not let us use it.
  uring_unavailable,
  /// epoll or an eventfd could not be made (descriptor limit).
  epoll_unavailable,
  /// The thread could not be started.
  no_thread
};

[[nodiscard]] const std::error_category& reactor_category() noexcept;
[[nodiscard]] std::error_code make_error_code(reactor_errc code) noexcept;

} // namespace pgmuster

template <>
struct std::is_error_code_enum<pgmuster::reactor_errc> : std::true_type {};
