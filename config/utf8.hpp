// Text that leaves us is UTF-8, whatever a server's encoding made of it: one
// invalid byte would make receivers refuse the whole request.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace pgmuster {

/// Well-formed as RFC 3629 defines it: no overlong forms, no surrogates.
[[nodiscard]] bool is_utf8(std::string_view text) noexcept;

/// `text` with every ill-formed byte replaced by U+FFFD.
[[nodiscard]] std::string to_utf8(std::string_view text);

/// For people: UTF-8, control characters as spaces, at most `bytes_max` bytes,
/// never cut inside a character.
[[nodiscard]] std::string printable(std::string_view text,
                                    std::size_t bytes_max);

} // namespace pgmuster
