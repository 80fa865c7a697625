// A line over time as an SVG element that stands by itself.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace pgmuster::loadtest {

struct plot {
  std::string title;
  std::string unit;
  /// (seconds, value), in order of time.
  std::vector<std::pair<double, double>> points;
  /// What lies before is shown as not measured.
  double measured_from = 0;
};

/// From 0 to the largest value; says both ends in numbers.
[[nodiscard]] std::string draw(const plot& what);

/// `&`, `<`, `>` and quotes as HTML wants them.
[[nodiscard]] std::string escape_html(const std::string& text);

} // namespace pgmuster::loadtest
