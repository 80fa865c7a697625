// The `-- key: value` lines that open a probe's file.
#pragma once

#include "codec/catalog/probe_lines.hpp"

namespace pgmuster::catalog {

struct probe_header {
  alias_map aliases;
  /// Key → the line it was given on.
  std::map<std::string, std::size_t, std::less<>> seen;
  /// The column, expression or metric that ranks entries.
  std::string rank;
  /// The one that counts what the rank adds up; may be empty.
  std::string count;
};

/// Reads one header comment (without its `--`). A comment that is no
/// `key: value` is prose and left alone.
void parse_header_line(std::string_view comment,
                       std::size_t line,
                       probe_header& header,
                       probe_definition& into,
                       complaints& wrong);

} // namespace pgmuster::catalog
