// Why a word of a configuration cannot be read.
#pragma once

#include <cstdint>
#include <system_error>

namespace pgmuster {

enum class config_errc : std::uint8_t {
  success = 0,
  /// A bare number: "10" could be seconds or milliseconds.
  unit_missing,
  /// A unit nobody knows.
  unit_unknown,
  /// Not a number with a unit at all.
  not_a_quantity,
  /// Does not fit the type.
  out_of_range,
  /// The file cannot be opened or read.
  unreadable,
  /// A named limit of the loader was reached.
  too_large,
  /// Not the syntax that was expected.
  malformed
};

[[nodiscard]] const std::error_category& config_category() noexcept;
[[nodiscard]] std::error_code make_error_code(config_errc code) noexcept;

} // namespace pgmuster

template <>
struct std::is_error_code_enum<pgmuster::config_errc> : std::true_type {};
