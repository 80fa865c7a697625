// Why the simulator cannot serve.
#pragma once

#include <cstdint>
#include <system_error>

namespace pgmuster::loadtest {

enum class serve_errc : std::uint8_t {
  success = 0,
  /// The address is taken, or not one of this machine's.
  cannot_listen,
  /// The certificate or its key cannot be read, or do not fit each other.
  bad_certificate,
  /// No instance can be made with this size or version.
  no_such_model,
  /// The descriptor limit is below what the scenario asks for.
  too_few_descriptors
};

[[nodiscard]] const std::error_category& serve_category() noexcept;
[[nodiscard]] std::error_code make_error_code(serve_errc code) noexcept;

} // namespace pgmuster::loadtest

template <>
struct std::is_error_code_enum<pgmuster::loadtest::serve_errc>
  : std::true_type {};
