// ${NAME} in a string is replaced from the environment; it must be set.
#pragma once

#include "config/loading/document.hpp"
#include "config/loading/problems.hpp"

namespace pgmuster::loading {

/// `$${` stands for a literal `${`. What is put in is not looked at again.
/// `left`, a whole `${…}`, stays as it is: it is replaced later. Error
/// malformed names the variable that is not set, never a value.
[[nodiscard]] result<std::string>
expand_variables(std::string_view text,
                 const std::map<std::string, std::string>& environment,
                 std::string_view left = {});

/// All strings of the document but those that variables gave and those of
/// `include`, which were expanded when they were followed. In a route's headers
/// `tenant_variable` stays.
void expand_document(const std::map<std::string, std::string>& environment,
                     document& whole,
                     problem_list& problems);

} // namespace pgmuster::loading
