// What of a target is not collected although its instance answers. Pure.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <vector>

namespace pgmuster {

struct target_trouble {
  /// Listed in the configuration, and none that may be entered has that name.
  std::vector<std::string> absent;
  /// Selected, and beyond limits::databases_max.
  std::size_t turned_away = 0;
  /// By database: why it, or one of its probes, gives nothing now.
  std::map<std::string, std::string> failing;
};

/// One sentence, in which at most three databases are named; empty if all is
/// collected.
[[nodiscard]] std::string describe(const target_trouble& trouble);

} // namespace pgmuster
