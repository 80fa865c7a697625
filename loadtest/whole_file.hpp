// A file is read as a whole or not at all: a folder, or half of it, is an
// error.
#pragma once

#include "config/result.hpp"

#include <filesystem>
#include <string>

namespace pgmuster::loadtest {

/// Errors: loadtest_errc::file with its name. Pipes are read to their end.
[[nodiscard]] result<std::string>
read_whole_file(const std::filesystem::path& file);

/// The same errors; some of it may be written then.
[[nodiscard]] result<void> write_whole_file(const std::filesystem::path& file,
                                            const std::string& text);

} // namespace pgmuster::loadtest
