// ${NAME} in a string is replaced from the environment; it must be set.
#pragma once

#include "config/loading/document.hpp"
#include "config/loading/problems.hpp"

namespace pgmuster::loading {

/// `$${` stands for a literal `${`. What is put in is not looked at again.
/// Error malformed names the variable that is not set, never a value.
[[nodiscard]] result<std::string>
expand_variables(std::string_view text,
                 const std::map<std::string, std::string>& environment);

/// All strings of the document but those that variables gave and those of
/// `include`, which were expanded when they were followed.
void expand_document(const std::map<std::string, std::string>& environment,
                     document& whole,
                     problem_list& problems);

} // namespace pgmuster::loading
