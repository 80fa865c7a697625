// What makes a foreign text safe to show: valid, bounded, and only text.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace pgmuster {

/// Bytes of one message or value; the rest is cut and marked with `…`.
inline constexpr std::size_t legible_bytes_max = 4'096;

/// `text` as valid UTF-8 of at most `bytes_max` bytes: what is not UTF-8
/// becomes U+FFFD, what is too long ends in `…`.
[[nodiscard]] std::string legible(std::string_view text,
                                  std::size_t bytes_max = legible_bytes_max);

/// `text` (valid UTF-8) with a space for each control character, which would
/// let a server's words forge lines or drive the terminal.
[[nodiscard]] std::string without_controls(std::string_view text);

} // namespace pgmuster
