// Which files an include pattern names.
#pragma once

#include "config/result.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace pgmuster::loading {

/// Whether the text has any of `*`, `?`, `[`.
[[nodiscard]] bool is_pattern(const std::string& text);

/// Sorted by bytes. A relative pattern starts at `folder`, whose own name is
/// taken literally. No match is an empty list. Errors: unreadable.
[[nodiscard]] result<std::vector<std::filesystem::path>>
matching_files(const std::filesystem::path& folder, const std::string& pattern);

} // namespace pgmuster::loading
