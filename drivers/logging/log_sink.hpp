// Where log lines go: a bounded queue and one thread that writes them, so that
// logging never waits and never fails.
#pragma once

#include "config/configuration.hpp"
#include "drivers/clock.hpp"
#include "drivers/logging/log_line.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <memory>
#include <string_view>

namespace pgmuster {

/// Lines that wait to be written; when it is full the oldest is dropped.
inline constexpr std::size_t log_queue_lines_max = 4'096;

/// Thread-safe. Its destructor writes what still waits.
class log_sink {
public:
  virtual ~log_sink() = default;

  /// Whether a line of this level is written: to spare the making of fields.
  [[nodiscard]] virtual bool enabled(log_level level) const noexcept = 0;

  /// Queues a line; never waits for the writer, never throws.
  virtual void log(log_level level,
                   std::string_view message,
                   std::initializer_list<log_field> fields = {}) noexcept = 0;

  /// Lines that nobody will see: pushed out of the full queue, or not written
  /// because memory or the output failed.
  [[nodiscard]] virtual std::uint64_t dropped() const noexcept = 0;
};

struct log_output {
  /// Called on the log's own thread with one line and its newline. False: the
  /// line could not be written.
  std::function<bool(std::string_view line)> write;
  bool colours = false;
  std::size_t queue_lines = log_queue_lines_max;
};

/// Standard error, with colours only if it is a terminal.
[[nodiscard]] log_output standard_error_output();

/// `clock` must outlive the sink. Without a thread to be had (no memory, no
/// process slots) the sink writes at once, on the caller's thread.
[[nodiscard]] std::unique_ptr<log_sink>
make_log_sink(const log_config& config,
              const clock_source& clock,
              log_output output = standard_error_output());

} // namespace pgmuster
