// Why a destination cannot be opened or written.
#pragma once

#include <cstdint>
#include <system_error>

namespace pgmuster {

enum class otlp_errc : std::uint8_t {
  success = 0,
  /// The file cannot be opened for appending; the context says why.
  cannot_open,
  /// The system gives no further thread.
  no_thread
};

[[nodiscard]] const std::error_category& otlp_category() noexcept;
[[nodiscard]] std::error_code make_error_code(otlp_errc code) noexcept;

} // namespace pgmuster

template <>
struct std::is_error_code_enum<pgmuster::otlp_errc> : std::true_type {};
