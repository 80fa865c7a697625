// What the kernel says of this process, for the process_* metrics.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace pgmuster {

/// A figure that could not be read is absent.
struct process_reading {
  std::optional<double> cpu_seconds;
  std::optional<double> resident_bytes;
  std::optional<double> open_descriptors;
  std::optional<double> descriptors_max;
  /// Since the Unix epoch.
  std::optional<double> start_time_seconds;
  std::optional<double> threads;
};

/// Reads /proc and asks the kernel; under a millisecond without thousands of
/// descriptors. Thread-safe.
[[nodiscard]] process_reading read_process();

/// Resident memory alone; costs a read of one file of the kernel's.
[[nodiscard]] std::optional<double> read_resident_bytes();

/// Fields of /proc/PID/stat (proc(5)) that are used here and by load tests.
struct proc_stat_fields {
  /// In user mode and in the kernel, all threads, in clock ticks.
  std::uint64_t user_ticks = 0;
  std::uint64_t system_ticks = 0;
  std::int64_t threads = 0;
  /// Since boot, in clock ticks.
  std::uint64_t start_ticks = 0;
};

/// Nothing if it does not read as proc(5) says. The command's name may hold
/// anything, also spaces and parentheses.
[[nodiscard]] std::optional<proc_stat_fields>
parse_proc_stat(std::string_view text);

/// VmRSS of /proc/PID/status, in bytes; the field of /proc/PID/stat is called
/// inaccurate by proc(5).
[[nodiscard]] std::optional<double>
parse_resident_bytes(std::string_view status);

} // namespace pgmuster
