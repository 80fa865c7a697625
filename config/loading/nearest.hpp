// What a misspelt word was probably meant to be.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace pgmuster::loading {

/// The candidate with the fewest changed, added or dropped characters, case
/// apart, or one that begins with `word`; empty if none is within a third of
/// its length, at least two.
[[nodiscard]] std::string_view
nearest(std::string_view word, std::span<const std::string_view> candidates);

/// `, did you mean "x"?`, or the list of all candidates if none is near.
[[nodiscard]] std::string
suggestion(std::string_view word, std::span<const std::string_view> candidates);

} // namespace pgmuster::loading
