// How a command of ours reads the API of a running pgmuster: one GET, waiting.
#pragma once

#include "config/result.hpp"
#include "config/time.hpp"

#include <cstddef>
#include <string>

namespace pgmuster {

/// Bytes of an answer; 10,000 targets are about 8 MB.
inline constexpr std::size_t http_get_bytes_max = 64UL * 1024 * 1024;

/// The body of a 2xx answer. Blocks for at most `timeout`; uses no proxy and
/// follows no redirect. Errors: admin_errc, with the URL and, of an answer that
/// is not 2xx, its status and the beginning of its body.
[[nodiscard]] result<std::string> http_get(const std::string& url,
                                           milliseconds timeout);

} // namespace pgmuster
