// Why bytes could not be made or read.
#pragma once

#include <cstdint>
#include <system_error>

namespace pgmuster {

enum class codec_errc : std::uint8_t {
  success = 0,
  /// The compression library refused (memory, an unknown method).
  compression_failed,
  /// Not a stream of that compression, or bytes follow it that are not.
  corrupt,
  /// The stream ends before its end mark.
  truncated,
  /// The result would be larger than the caller allows.
  too_large,
  /// The bytes are not the protobuf message they should be.
  not_a_message,
  /// The message cannot be written as JSON.
  not_printable
};

[[nodiscard]] const std::error_category& codec_category() noexcept;
[[nodiscard]] std::error_code make_error_code(codec_errc code) noexcept;

} // namespace pgmuster

template <>
struct std::is_error_code_enum<pgmuster::codec_errc> : std::true_type {};
