// The bytes of a segment's list of acknowledged records: 16 for a range of
// ordinals, appended; what is torn or damaged is only sent again.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace pgmuster::spooling {

/// Ordinals [first, last].
struct acknowledged_range {
  std::uint32_t first = 0;
  std::uint32_t last = 0;
  bool operator==(const acknowledged_range&) const = default;
};

/// Adjacent ordinals become one range. `ordinals` in any order.
[[nodiscard]] std::vector<acknowledged_range>
to_ranges(std::vector<std::uint32_t> ordinals);

[[nodiscard]] std::string
encode_acknowledged(const std::vector<acknowledged_range>& ranges,
                    std::uint64_t salt);

[[nodiscard]] std::vector<acknowledged_range>
parse_acknowledged(std::string_view bytes, std::uint64_t salt);

} // namespace pgmuster::spooling
