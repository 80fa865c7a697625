// Why a load test could not be run; what it found is no error.
#pragma once

#include <cstdint>
#include <system_error>

namespace pgmuster::loadtest {

enum class loadtest_errc : std::uint8_t {
  success = 0,
  /// A scenario or the sink's rules are not written as docs/loadtest.md says.
  scenario_invalid,
  /// A file could not be read or written.
  file,
  /// An address could not be listened on.
  cannot_listen,
  /// A process could not be started, or ended before its time.
  process,
  /// A process did not answer as it should.
  no_answer,
  /// This machine is too small for the scenario.
  machine_too_small,
  /// The scenario needs a part that is not there.
  part_missing,
  /// A signal ended the run before anything was measured.
  interrupted
};

[[nodiscard]] const std::error_category& loadtest_category() noexcept;
[[nodiscard]] std::error_code make_error_code(loadtest_errc code) noexcept;

} // namespace pgmuster::loadtest

template <>
struct std::is_error_code_enum<pgmuster::loadtest::loadtest_errc>
  : std::true_type {};
