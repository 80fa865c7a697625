#include "loadtest/runner/plot.hpp"

#include "loadtest/runner/judge.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace pgmuster::loadtest {
namespace {

constexpr double width = 460;
constexpr double height = 120;
constexpr double left = 6;
constexpr double top = 8;

} // namespace

std::string escape_html(const std::string& text) {
  std::string made;
  for (const char one : text) {
    switch (one) {
    case '&':
      made += "&amp;";
      break;
    case '<':
      made += "&lt;";
      break;
    case '>':
      made += "&gt;";
      break;
    case '"':
      made += "&quot;";
      break;
    default:
      made += one;
    }
  }
  return made;
}

std::string draw(const plot& what) {
  double last = 0;
  double highest = 0;
  double first = what.points.empty() ? 0 : what.points.front().first;
  for (const auto& [at, value] : what.points) {
    last = std::max(last, at);
    highest = std::max(highest, std::isfinite(value) ? value : 0);
  }
  const double span = std::max(last - first, 1e-9);
  const double scale = highest > 0 ? highest : 1;
  const auto x = [&](double at) {
    return left + (at - first) / span * (width - 2 * left);
  };
  const auto y = [&](double value) {
    return top + (1 - value / scale) * (height - 2 * top);
  };
  std::string line;
  for (const auto& [at, value] : what.points) {
    if (std::isfinite(value)) {
      line += fmt::format("{:.1f},{:.1f} ", x(at), y(value));
    }
  }
  const auto title = escape_html(what.title);
  return fmt::format(
    "<figure><figcaption>{} <b>{}</b> {} at most</figcaption>"
    "<svg viewBox=\"0 0 {} {}\" role=\"img\" aria-label=\"{}\">"
    "<rect class=\"warm\" x=\"{:.1f}\" y=\"0\" width=\"{:.1f}\" "
    "height=\"{}\"/><line class=\"axis\" x1=\"{}\" y1=\"{:.1f}\" x2=\"{}\" "
    "y2=\"{:.1f}\"/><polyline points=\"{}\"/></svg>"
    "<div class=\"ends\"><span>{:.0f} s</span><span>{:.0f} "
    "s</span></div></figure>\n",
    title, print_value(highest), escape_html(what.unit), width, height, title,
    x(first), std::max(0.0, x(what.measured_from) - x(first)), height, left,
    y(0), width - left, y(0), line, first, last);
}

} // namespace pgmuster::loadtest
