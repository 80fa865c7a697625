// What an application says of itself in a statement's comments, in the form of
// sqlcommenter: `/*controller='users',route='%2Fusers'*/`.
#pragma once

#include "config/attribute.hpp"

#include <span>
#include <string>
#include <string_view>

namespace pgmuster::postgres {

inline constexpr std::size_t tag_bytes_max = 128;

/// Of the keys that are allowed, those that the comments have, in the order of
/// `allowed`; the last one of a key counts. Values are decoded, for people, and
/// at most `tag_bytes_max` long.
[[nodiscard]] attributes comment_tags(std::string_view query,
                                      std::span<const std::string> allowed);

} // namespace pgmuster::postgres
