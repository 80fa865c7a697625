// One file's text to JSON, within the limit, with a line for what is wrong.
#pragma once

#include "config/loading/document.hpp"
#include "config/loading/problems.hpp"

#include <boost/json/value.hpp>

#include <filesystem>

namespace pgmuster::loading {

/// At most `limit` bytes. Errors: unreadable, too_large.
[[nodiscard]] result<std::string> read_text(const std::filesystem::path& path,
                                            std::size_t limit);

/// Comments and trailing commas are allowed; a key twice in one object is a
/// problem. Absent if the text is no JSON, which has been reported.
[[nodiscard]] std::optional<boost::json::value>
parse_file(std::size_t file, const document& whole, problem_list& problems);

} // namespace pgmuster::loading
