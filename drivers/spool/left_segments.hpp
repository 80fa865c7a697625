// What a run that ended well left in each segment, so that the next one can
// tell what has gone since without a trace.
#pragma once

#include "config/result.hpp"
#include "drivers/spool/errc.hpp"
#include "drivers/spool/spool_types.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace pgmuster::spooling {

struct left_segment {
  partition_key of;
  std::uint64_t sequence = 0;
  /// That were neither acknowledged nor told as lost.
  std::uint64_t frames = 0;
  std::uint64_t points = 0;
};

/// Beside the routes' folders.
inline constexpr const char* left_name = "left";

[[nodiscard]] std::string
encode_left(const std::vector<left_segment>& segments);

/// Errors: other_version, corrupt.
[[nodiscard]] result<std::vector<left_segment>>
parse_left(std::string_view bytes);

} // namespace pgmuster::spooling
