// From paths to one merged document: the main file and what it includes.
#pragma once

#include "config/loading/document.hpp"
#include "config/loading/problems.hpp"

#include <filesystem>

namespace pgmuster::loading {

/// All files of one configuration together.
inline constexpr std::size_t document_bytes_max = 64UL * 1024 * 1024;
inline constexpr std::size_t include_depth_max = 8;
inline constexpr std::size_t included_files_max = 10'000;

/// The main file alone becomes the root.
void read_main_file(const std::filesystem::path& path,
                    document& into,
                    problem_list& problems);

/// Reads what the root's `include` names (patterns already expanded) and what
/// those files include in turn, and merges their tenants and routes.
void read_includes(const std::filesystem::path& main_file,
                   const std::map<std::string, std::string>& environment,
                   document& into,
                   problem_list& problems);

} // namespace pgmuster::loading
