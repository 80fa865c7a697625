// Why a probe's file cannot be used.
#pragma once

#include <cstdint>
#include <system_error>

namespace pgmuster::catalog {

enum class errc : std::uint8_t {
  success = 0,
  /// The text breaks the format of a probe; the context lists every culprit.
  malformed_probe,
  /// A file or folder of probes cannot be read.
  unreadable_probe,
  /// Two probes contradict each other: same name, or one metric told twice.
  conflicting_probes
};

[[nodiscard]] const std::error_category& category() noexcept;
[[nodiscard]] std::error_code make_error_code(errc code) noexcept;

} // namespace pgmuster::catalog

template <>
struct std::is_error_code_enum<pgmuster::catalog::errc> : std::true_type {};
