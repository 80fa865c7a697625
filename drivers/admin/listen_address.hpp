// How `admin.listen` is read.
#pragma once

#include "config/result.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace pgmuster {

struct listen_address {
  /// Without brackets.
  std::string host;
  std::uint16_t port = 0;
};

/// `host:port` or `[v6]:port`; the host is never empty, so that listening on
/// every address is always a decision. Errors: bad_listen_address.
[[nodiscard]] result<listen_address>
parse_listen_address(std::string_view text);

} // namespace pgmuster
