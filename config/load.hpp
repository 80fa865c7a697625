// Reads a configuration: file, includes, environment; every culprit at once.
#pragma once

#include "config/configuration.hpp"
#include "config/result.hpp"

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace pgmuster {

/// One thing that is wrong with a configuration.
struct config_problem {
  std::string file;
  /// JSON pointer of the value, "" for the document itself.
  std::string pointer;
  /// 1-based; 0 when it did not come from a file.
  std::size_t line = 0;
  /// What is wrong and what was expected. Never a secret's value.
  std::string message;
};

/// What identity and messages need of a DSN; the password is not among them.
struct dsn_parts {
  std::string host;
  std::uint16_t port = 5432;
  std::string database;
  std::string user;
  /// All else that it names, for the printed form; what may be a secret is
  /// "***".
  std::vector<std::pair<std::string, std::string>> options;
};

struct load_request {
  /// Absent: environment only (DATABASE_URL, PGMUSTER_DATABASE_URL, OTEL_…).
  std::optional<std::filesystem::path> file;
  /// The process environment, handed in so that loading is a function.
  std::map<std::string, std::string> environment;
  /// How a DSN is taken apart (libpq knows; this folder must not).
  std::function<result<dsn_parts>(std::string_view)> parse_dsn;
};

struct load_outcome {
  /// Only meaningful when `problems` is empty.
  configuration config;
  std::vector<config_problem> problems;
};

/// Never throws, never prints.
[[nodiscard]] load_outcome load_configuration(const load_request& request);

/// `file:line: pointer: message`, one a line, for a terminal.
[[nodiscard]] std::string describe(const std::vector<config_problem>& problems);

/// The configuration in force as JSON with every default written out; secrets
/// are masked as "***".
[[nodiscard]] std::string print_configuration(const configuration& config);

} // namespace pgmuster
