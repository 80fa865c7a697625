// How a variable's name spells a path of keys.
#pragma once

#include "config/loading/shape.hpp"

namespace pgmuster::loading {

struct overlay_variable {
  std::string name;
  std::string value;
  /// What stands between the double underscores; at least one.
  std::vector<std::string> segments;
};

/// All variables that begin with PGMUSTER__, so ordered that a list's indexes
/// count up.
[[nodiscard]] std::vector<overlay_variable>
overlay_variables(const std::map<std::string, std::string>& environment);

/// Lower case, with `-` and `.` as `_`: how names are compared.
[[nodiscard]] std::string folded_name(std::string_view name);

/// The key of an object that a segment means; none if there is no such key.
[[nodiscard]] const keyed_shape* find_key(const shape& object,
                                          std::string_view segment);

/// What is wrong with a variable's name; empty: it names a scalar.
[[nodiscard]] std::string wrong_name(const overlay_variable& variable);

} // namespace pgmuster::loading
