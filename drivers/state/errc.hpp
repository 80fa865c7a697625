// Why the state directory, or what is in it, cannot be used.
#pragma once

#include <cstdint>
#include <system_error>

namespace pgmuster {

enum class state_errc : std::uint8_t {
  success = 0,
  /// The folder cannot be made or opened.
  no_folder,
  /// A file cannot be read.
  cannot_read,
  /// A file cannot be written; what was there before still is.
  cannot_write,
  /// A file is not what we write.
  not_ours,
  /// A file was written by a version with another format.
  other_version
};

[[nodiscard]] const std::error_category& state_category() noexcept;
[[nodiscard]] std::error_code make_error_code(state_errc code) noexcept;

} // namespace pgmuster

template <>
struct std::is_error_code_enum<pgmuster::state_errc> : std::true_type {};
