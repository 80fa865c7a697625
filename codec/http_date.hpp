// HTTP dates (RFC 9110 §5.6.7), which Retry-After may be.
#pragma once

#include "config/time.hpp"

#include <optional>
#include <string_view>

namespace pgmuster {

/// Reads all three forms that a recipient must accept, independent of the
/// locale: `Sun, 06 Nov 1994 08:49:37 GMT`, `Sunday, 06-Nov-94 08:49:37 GMT`,
/// `Sun Nov  6 08:49:37 1994`. `now` places a year of two digits.
[[nodiscard]] std::optional<wall_time> parse_http_date(std::string_view text,
                                                       wall_time now);

} // namespace pgmuster
