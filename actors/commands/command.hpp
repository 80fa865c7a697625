// What the subcommands of the program share: options in, exit codes out.
#pragma once

#include "config/load.hpp"
#include "drivers/postgres/catalog/catalog.hpp"

#include <optional>
#include <string>
#include <vector>

namespace pgmuster::commands {

inline constexpr int exit_ok = 0;
inline constexpr int exit_failure = 1;
inline constexpr int exit_configuration = 2;

struct run_options {
  std::optional<std::string> config_file;
  /// `3/16`: only this member's share of the targets.
  std::optional<std::string> member;
};
struct check_options {
  std::optional<std::string> config_file;
  bool print = false;
  /// Only validate; do not connect.
  bool offline = false;
};
struct probe_options {
  std::string dsn;
  std::optional<std::string> password_file;
  std::vector<std::string> probes;
  std::string format = "table";
  bool print_sql = false;
};
struct top_options {
  std::string url = "http://127.0.0.1:9432";
  bool once = false;
  std::string footer_file;
};

struct spool_command_options {
  enum class action : std::uint8_t { list, show, verify, replay, drop };
  action what = action::list;
  std::string directory;
  /// Empty: all of them.
  std::string route;
  std::string tenant;
  /// The frames that no destination takes, and not those that wait.
  bool quarantine = false;
  std::string format = "text";
  /// Of show: at most so many frames; 0 for all.
  std::size_t limit = 0;
  /// Of replay: the base URL, a file of headers, and how long to wait.
  std::string to;
  std::string header_file;
  std::size_t timeout_seconds = 10;
  /// Of drop.
  bool yes = false;
  bool unreadable = false;
};

[[nodiscard]] int run(const run_options& options);
[[nodiscard]] int check(const check_options& options);
[[nodiscard]] int probe(const probe_options& options);
[[nodiscard]] int top(const top_options& options);
[[nodiscard]] int spool(const spool_command_options& options);
[[nodiscard]] int version();

/// Loads the configuration of `file` and the environment; prints the problems
/// to standard error and returns nothing if there are any.
[[nodiscard]] std::optional<configuration>
load_or_explain(const std::optional<std::string>& file);

/// The probes that this configuration runs; prints what is wrong with their
/// files, or with the names in `intervals`, and returns nothing then.
[[nodiscard]] std::optional<postgres::probe_catalog>
catalog_or_explain(const configuration& config);

/// For the program's own words on standard output and error.
void say(const std::string& words);
void complain(const std::string& words);

} // namespace pgmuster::commands
