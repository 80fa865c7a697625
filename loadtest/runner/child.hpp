// A process that the runner starts and ends by its id: pinned, its output in a
// file or a pipe, never outliving its owner.
#pragma once

#include "config/result.hpp"
#include "config/time.hpp"
#include "loadtest/runner/run_record.hpp"

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace pgmuster::loadtest {

/// It gets the runner's environment without `PGMUSTER__…`.
struct child_options {
  /// For messages.
  std::string name;
  std::vector<std::string> command;
  /// CPUs it may use; empty for all.
  std::vector<int> cpus;
  /// Standard error, and standard output unless `talks`.
  std::filesystem::path log;
  /// Standard output is a pipe, read by `read_line` and `read_rest`.
  bool talks = false;
};

class child {
public:
  [[nodiscard]] static result<std::unique_ptr<child>>
  start(const child_options& options);
  /// Ends it at once if it still runs.
  ~child();
  child(const child&) = delete;
  child& operator=(const child&) = delete;

  [[nodiscard]] const std::string& name() const noexcept { return name_; }
  /// What it wrote to its log up to now: of a child that ended at once, why.
  [[nodiscard]] std::string logged() const;
  [[nodiscard]] pid_t pid() const noexcept { return pid_; }
  /// Readable once the process has ended.
  [[nodiscard]] int end_descriptor() const noexcept { return end_fd_; }
  /// The exit code, or 128 and the signal; nothing while it runs.
  [[nodiscard]] std::optional<int> ended();

  [[nodiscard]] result<std::string> read_line(milliseconds patience);
  /// What is left of standard output, to its end.
  [[nodiscard]] std::string read_rest(milliseconds patience);

  void ask_to_end() noexcept;
  /// Waits for the end, then ends it by force.
  int wait(milliseconds patience);

private:
  child() = default;
  bool fill(milliseconds patience);

  std::string name_;
  std::filesystem::path log_;
  pid_t pid_ = -1;
  int end_fd_ = -1;
  int output_fd_ = -1;
  std::string unread_;
  std::optional<int> code_;
};

/// Waits until a descriptor is readable or the time is up; whether one is.
bool wait_for(const std::vector<int>& descriptors, milliseconds patience);

/// Reads /proc; absent figures are 0.
[[nodiscard]] process_figures read_figures(pid_t of);
/// Open sockets of a process: those with one of these TCP ports at either end,
/// and all others.
struct socket_count {
  double with_port = 0;
  double others = 0;
};
[[nodiscard]] socket_count
count_sockets(pid_t of, const std::vector<std::uint16_t>& ports);

} // namespace pgmuster::loadtest
