// PGMUSTER__LEVEL__KEY variables set scalars over what the files say.
#pragma once

#include "config/loading/document.hpp"
#include "config/loading/problems.hpp"

namespace pgmuster::loading {

/// Which variables are laid over: `include` must be known before files are
/// read, everything else only makes sense once they are.
enum class overlay_phase : std::uint8_t { include_only, all_but_include };

/// Names of no known key, and indexes past the end of a list, are problems.
void overlay_environment(const std::map<std::string, std::string>& environment,
                         overlay_phase phase,
                         document& into,
                         problem_list& problems);

} // namespace pgmuster::loading
