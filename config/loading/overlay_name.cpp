// Names are checked against the tree of keys before any value is touched.
#include "config/loading/overlay_name.hpp"

#include "config/loading/nearest.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace pgmuster::loading {
namespace {

using kind = shape::kind;

constexpr std::string_view prefix = "PGMUSTER__";

bool is_index(std::string_view segment) {
  constexpr std::size_t digits_max = 9;
  return !segment.empty() && segment.size() <= digits_max
         && segment.find_first_not_of("0123456789") == std::string_view::npos;
}

std::string upper(std::string_view text) {
  std::string folded{text};
  for (auto& byte : folded) {
    byte =
      byte >= 'a' && byte <= 'z' ? static_cast<char>(byte - 'a' + 'A') : byte;
  }
  return folded;
}

std::vector<std::string> split(std::string_view path) {
  std::vector<std::string> segments;
  for (auto at = path.find("__"); at != std::string_view::npos;
       at = path.find("__")) {
    segments.emplace_back(path.substr(0, at));
    path.remove_prefix(at + 2);
  }
  segments.emplace_back(path);
  return segments;
}

/// Indexes of different lengths must compare as numbers.
std::vector<std::string> order_of(const overlay_variable& variable) {
  auto key = variable.segments;
  for (auto& segment : key) {
    segment =
      is_index(segment) ? fmt::format("{:0>9}", segment) : folded_name(segment);
  }
  return key;
}

/// The variable's name up to, and without, the segment at `level`.
std::string name_before(const overlay_variable& variable, std::size_t level) {
  std::string name{prefix};
  for (std::size_t i = 0; i < level; ++i) {
    name += upper(variable.segments[i]) + "__";
  }
  return name;
}

std::string unknown(const overlay_variable& variable,
                    std::size_t level,
                    const shape& what) {
  std::vector<std::string> names;
  for (const auto key : key_names(what)) {
    names.push_back(name_before(variable, level) + upper(key));
  }
  const std::vector<std::string_view> candidates{names.begin(), names.end()};
  const auto keys = key_names(what);
  const auto best = nearest(variable.segments[level], keys);
  return "names no known key"
         + (best.empty()
              ? suggestion("", candidates)
              : fmt::format(", did you mean \"{}\"?",
                            name_before(variable, level) + upper(best)));
}

} // namespace

std::vector<overlay_variable>
overlay_variables(const std::map<std::string, std::string>& environment) {
  std::vector<overlay_variable> variables;
  for (const auto& [name, value] : environment) {
    if (upper(name).starts_with(prefix)) {
      variables.push_back({name, value, split(name.substr(prefix.size()))});
    }
  }
  std::stable_sort(variables.begin(), variables.end(),
                   [](const auto& left, const auto& right) {
                     return order_of(left) < order_of(right);
                   });
  return variables;
}

std::string folded_name(std::string_view name) {
  std::string folded{name};
  for (auto& byte : folded) {
    if (byte >= 'A' && byte <= 'Z') {
      byte = static_cast<char>(byte - 'A' + 'a');
    } else if (byte == '-' || byte == '.') {
      byte = '_';
    }
  }
  return folded;
}

const keyed_shape* find_key(const shape& object, std::string_view segment) {
  const auto folded = folded_name(segment);
  const auto found =
    std::find_if(object.keys.begin(), object.keys.end(),
                 [&](const auto& entry) { return entry.key == folded; });
  return found == object.keys.end() ? nullptr : &*found;
}

std::string wrong_name(const overlay_variable& variable) {
  const auto* what = &configuration_shape();
  for (std::size_t i = 0; i < variable.segments.size(); ++i) {
    const auto& segment = variable.segments[i];
    if (what->holds == kind::object) {
      const auto* entry = find_key(*what, segment);
      if (entry == nullptr) {
        return unknown(variable, i, *what);
      }
      what = &entry->holds;
    } else if (what->element.empty()) {
      return fmt::format("\"{}\" is a single value and has no keys",
                         variable.segments[i - 1]);
    } else if (what->holds != kind::map && !is_index(segment)) {
      return fmt::format("expected the index of a list's entry, got \"{}\"",
                         segment);
    } else if (segment.empty()) {
      return fmt::format("expected the name of a {}", what->key_words);
    } else {
      what = &what->element.front();
    }
  }
  if (what->holds == kind::object || what->holds == kind::map
      || what->holds == kind::list) {
    return fmt::format("names {}; set one of its values instead",
                       expected_words(*what));
  }
  return {};
}

} // namespace pgmuster::loading
