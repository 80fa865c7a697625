// A query's shape by its words alone, for texts that the parser refuses.
#pragma once

#include <string>
#include <string_view>

namespace pgmuster::postgres {

/// Words in lower case with one blank between; comments are gone, each literal
/// and parameter is `?`, and lists of them after IN, VALUES and ARRAY are one
/// `?`. Any bytes are taken; what does not end, ends with the text.
[[nodiscard]] std::string lexical_shape(std::string_view query);

} // namespace pgmuster::postgres
