// How a wall time is written for people and programs: RFC 3339, always in UTC.
#pragma once

#include "config/time.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace pgmuster {

/// `2026-03-04T05:06:07.089Z`: milliseconds, cut and not rounded.
[[nodiscard]] std::string rfc3339(wall_time when);

/// Reads what `rfc3339` writes, with 0 to 9 digits of a second's fraction and
/// only the zone `Z` (RFC 3339, 5.6). Anything else is nothing.
[[nodiscard]] std::optional<wall_time> parse_rfc3339(std::string_view text);

} // namespace pgmuster
