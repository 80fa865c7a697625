// Traces values of the merged document back to their file or variable.
#include "config/loading/document.hpp"

#include "config/loading/json_lines.hpp"

#include <charconv>

namespace pgmuster::loading {
namespace {

// Enough to recognise a value, short enough for one line of a terminal.
constexpr std::size_t quoted_max = 60;

/// Splits "/first/second/rest" after `steps` steps.
std::pair<std::string, std::string> split(const std::string& pointer,
                                          int steps) {
  std::size_t at = 0;
  for (int i = 0; i < steps && at != std::string::npos; ++i) {
    at = pointer.find('/', at + 1);
  }
  return at == std::string::npos
           ? std::pair{pointer, std::string{}}
           : std::pair{pointer.substr(0, at), pointer.substr(at)};
}

} // namespace

place document::locate(const std::string& pointer) const {
  for (auto up = pointer; !up.empty(); up = parent_pointer(up)) {
    if (const auto found = variables.find(up); found != variables.end()) {
      return {place::no_file, pointer, found->second, 0};
    }
  }
  constexpr std::string_view in_tenants = "/tenants/";
  const auto [head, rest] = split(pointer, 2);
  if (head.starts_with(in_tenants)) {
    std::size_t index = 0;
    std::from_chars(head.data() + in_tenants.size(), head.data() + head.size(),
                    index);
    if (index < tenants.size()) {
      auto at = tenants[index];
      at.pointer += rest;
      return at;
    }
  }
  for (const auto& [name, origin] : routes) {
    if (head == child_pointer("/routes", name)) {
      return {origin.file, pointer, {}, 0};
    }
  }
  if (const auto below = variables.lower_bound(pointer + "/");
      below != variables.end() && below->first.starts_with(pointer + "/")
      && (files.empty() || head.starts_with(in_tenants))) {
    return {place::no_file, pointer, below->second, 0};
  }
  return {files.empty() ? place::no_file : 0, pointer, {}, 0};
}

std::string document::quoted(const std::string& pointer,
                             std::string_view text) const {
  if (expanded.contains(pointer)) {
    return "a value from the environment";
  }
  std::string words{text.substr(0, quoted_max)};
  for (auto& byte : words) {
    byte = byte >= 0 && byte < ' ' ? '?' : byte;
  }
  return "\"" + words + (text.size() > quoted_max ? "…\"" : "\"");
}

} // namespace pgmuster::loading
