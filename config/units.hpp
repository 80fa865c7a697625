// Durations and sizes are written with a unit; a bare number is refused.
#pragma once

#include "config/byte_count.hpp"
#include "config/result.hpp"
#include "config/time.hpp"

#include <string>
#include <string_view>

namespace pgmuster {

/// What to tell a person who wrote something else.
inline constexpr std::string_view duration_expected =
  R"(a duration with a unit, such as "100ms", "10s", "5m" or "1h")";

/// A whole number and one of ms, s, m, h, d; one pair only, no sign, no space.
/// Errors: unit_missing, unit_unknown, not_a_quantity, out_of_range.
[[nodiscard]] result<milliseconds> parse_duration(std::string_view text);

/// The largest unit that holds the value exactly: 90'000 ms are "90s".
[[nodiscard]] std::string format_duration(milliseconds value);

/// As duration_expected.
inline constexpr std::string_view size_expected =
  R"(a size with a unit, such as "900kB" or "64MiB")";

/// A whole number and one of B, kB, MB, GB (1000) or KiB, MiB, GiB (1024).
/// Errors as parse_duration.
[[nodiscard]] result<byte_count> parse_byte_count(std::string_view text);

/// The largest unit that holds the value exactly.
[[nodiscard]] std::string format_byte_count(byte_count value);

} // namespace pgmuster
