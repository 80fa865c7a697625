// A tenant's or route's name as a folder's: nothing in it can leave the folder,
// and two names never meet in one.
#pragma once

#include <string>
#include <string_view>

namespace pgmuster::spooling {

/// Letters, digits, `-`, `_` and (not in front) `.` as they are, all else as
/// %XX; what would be too long for a file system is cut and ends in a hash.
/// Segments hold the names themselves, so this is never turned back.
[[nodiscard]] std::string folder_name(std::string_view name);

} // namespace pgmuster::spooling
