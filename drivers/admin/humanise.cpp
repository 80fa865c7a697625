// How figures are written for a person: three digits that matter and a unit.
#include "drivers/admin/humanise.hpp"

#include <fmt/format.h>

#include <array>
#include <cmath>

namespace pgmuster {

namespace {

// One digit after the point below ten, none above: 7.5, 42.
std::string short_number(double value) {
  const double shown = std::round(value * 10) / 10;
  return shown < 10 ? fmt::format("{:.1f}", shown)
                    : fmt::format("{:.0f}", value);
}

// In units of a thousand, so that rounding never writes `1000k`.
std::string scaled(double value, const std::array<const char*, 5>& units) {
  std::size_t unit = 0;
  while (unit + 1 < units.size() && value >= 999.5) {
    value /= 1000;
    ++unit;
  }
  const bool whole = unit == 0 && value == std::floor(value);
  return (whole ? fmt::format("{:.0f}", value) : short_number(value))
         + units.at(unit);
}

std::size_t code_point_length(std::string_view text, std::size_t at) {
  std::size_t length = 1;
  while (at + length < text.size()
         && (static_cast<unsigned char>(text[at + length]) & 0xC0U) == 0x80U) {
    ++length;
  }
  return length;
}

} // namespace

std::string humanise_count(double value) {
  if (!std::isfinite(value)) {
    return std::string{unknown_figure};
  }
  return value < 0 ? "-" + humanise_count(-value)
                   : scaled(value, {"", "k", "M", "G", "T"});
}

std::string humanise_bytes(double bytes) {
  if (!std::isfinite(bytes)) {
    return std::string{unknown_figure};
  }
  return bytes < 0 ? "-" + humanise_bytes(-bytes)
                   : scaled(bytes, {" B", " kB", " MB", " GB", " TB"});
}

std::string humanise_seconds(double value) {
  if (!std::isfinite(value)) {
    return std::string{unknown_figure};
  }
  if (value < 0) {
    return "-" + humanise_seconds(-value);
  }
  if (value < 0.000'000'5) {
    return "0 s";
  }
  if (value < 0.000'999'5) {
    return fmt::format("{:.0f} µs", value * 1e6);
  }
  if (value < 0.999'5) {
    return short_number(value * 1e3) + " ms";
  }
  if (value < 99.5) {
    return short_number(value) + " s";
  }
  if (value < 99.5 * 60) {
    return fmt::format("{:.0f} min", value / 60);
  }
  return value < 48.0 * 3600 ? short_number(value / 3600) + " h"
                             : short_number(value / 86'400) + " d";
}

std::string humanise_ratio(double value) {
  if (!std::isfinite(value)) {
    return std::string{unknown_figure};
  }
  return value >= 1 ? "100 %"
                    : fmt::format("{:.1f} %", std::floor(value * 1000) / 10);
}

std::size_t display_width(std::string_view text) noexcept {
  std::size_t columns = 0;
  for (const char c : text) {
    columns += (static_cast<unsigned char>(c) & 0xC0U) != 0x80U ? 1U : 0U;
  }
  return columns;
}

std::string fit(std::string_view text, std::size_t width) {
  if (display_width(text) <= width) {
    return std::string{text};
  }
  if (width == 0) {
    return {};
  }
  std::size_t at = 0;
  for (std::size_t column = 0; column + 1 < width; ++column) {
    at += code_point_length(text, at);
  }
  return std::string{text.substr(0, at)} + "…";
}

} // namespace pgmuster
