// Why a file or a folder cannot be had.
#pragma once

#include <cstdint>
#include <system_error>

namespace pgmuster {

enum class file_errc : std::uint8_t {
  success = 0,
  /// Another process has the folder; the context names it.
  owned,
  /// It cannot be opened; the context says why.
  cannot_open,
  /// It cannot be made as large as it is to be.
  cannot_grow,
  /// It cannot become memory.
  cannot_map
};

[[nodiscard]] const std::error_category& file_category() noexcept;
[[nodiscard]] std::error_code make_error_code(file_errc code) noexcept;

} // namespace pgmuster

template <>
struct std::is_error_code_enum<pgmuster::file_errc> : std::true_type {};
