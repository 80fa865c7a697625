// Takes a refused request apart in two, so that what a destination refuses is
// found.
#pragma once

#include "codec/frame.hpp"
#include "config/result.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace pgmuster {

struct request_part {
  /// An uncompressed request of its own.
  std::string bytes;
  std::uint64_t points = 0;
};

/// Halves of about as many points each, in the request's order: between
/// resources while there are several, else between metrics, else between
/// points (of logs: between resources, else between records). One part if there
/// is only one point; not_a_message if the bytes are no request.
[[nodiscard]] result<std::vector<request_part>>
split_request(signal carries, std::string_view bytes);

} // namespace pgmuster
