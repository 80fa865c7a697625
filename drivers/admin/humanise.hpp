// How figures are written for a person: three digits that matter and a unit.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace pgmuster {

/// What stands where a figure is not known.
inline constexpr std::string_view unknown_figure = "–";

/// `0`, `7.5`, `42`, `1.2k`, `340k`, `5.1M`, `2.0G`.
[[nodiscard]] std::string humanise_count(double value);
/// `0 B`, `512 B`, `5.1 MB`: powers of 1000.
[[nodiscard]] std::string humanise_bytes(double bytes);
/// `0 s`, `850 µs`, `12 ms`, `3.4 s`, `42 s`, `5 min`, `3.2 h`, `2.1 d`.
[[nodiscard]] std::string humanise_seconds(double value);
/// Of a ratio: `99.8 %`, `100 %`; never rounds up to 100.
[[nodiscard]] std::string humanise_ratio(double value);

/// Columns of a terminal that UTF-8 takes, at one a code point.
[[nodiscard]] std::size_t display_width(std::string_view text) noexcept;
/// Cut to `width` columns; a cut text ends in `…`.
[[nodiscard]] std::string fit(std::string_view text, std::size_t width);

} // namespace pgmuster
