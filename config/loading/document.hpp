// The merged configuration, and where each value of it was written.
#pragma once

#include "config/load.hpp"

#include <boost/json/object.hpp>

#include <set>

namespace pgmuster::loading {

struct source_file {
  /// As shown to a person.
  std::string name;
  std::string text;
};

/// Where something was written: in a file or in an environment variable.
struct place {
  static constexpr std::size_t no_file = static_cast<std::size_t>(-1);
  std::size_t file = no_file;
  /// In that file; in the merged document for a variable.
  std::string pointer;
  /// Set if `file` is no_file and a variable gave the value.
  std::string variable;
  /// 0: looked up when the problem is shown.
  std::size_t line = 0;
};

struct document {
  boost::json::object root;
  /// The main file was there and is JSON.
  bool main_file_read = false;
  /// An included file could not be read, so what is not there may only seem
  /// to be missing.
  bool incomplete = false;
  std::vector<source_file> files;
  /// By index in the merged `tenants`; absent ones came from a variable.
  std::vector<place> tenants;
  /// Routes of included files by name; all others are the main file's.
  std::map<std::string, place> routes;
  /// Values and subtrees that variables gave: pointer to variable's name.
  std::map<std::string, std::string> variables;
  /// Strings in which ${NAME} was replaced: never quoted in a message.
  std::set<std::string> expanded;
  /// Strings that could not be expanded: their problem is known already.
  std::set<std::string> unresolved;

  /// Where the value at a pointer of the merged document was written.
  [[nodiscard]] place locate(const std::string& pointer) const;

  /// `text` in quotes for a message, unless it came from ${NAME}.
  [[nodiscard]] std::string quoted(const std::string& pointer,
                                   std::string_view text) const;
};

} // namespace pgmuster::loading
