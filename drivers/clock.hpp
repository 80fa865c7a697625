// The only place that reads a clock.
#pragma once

#include "config/time.hpp"

namespace pgmuster {

/// Reads both clocks. A test's twin returns what it is told.
class clock_source {
public:
  virtual ~clock_source() = default;
  [[nodiscard]] virtual mono_time mono() const noexcept = 0;
  /// Wall time anchored to the monotonic clock: does not step backwards.
  [[nodiscard]] virtual wall_time wall() const noexcept = 0;
};

/// The machine's clocks. Thread-safe; lives as long as the program.
[[nodiscard]] clock_source& system_clock_source() noexcept;

} // namespace pgmuster
