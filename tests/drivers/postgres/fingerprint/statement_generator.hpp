// Statements by the thousand: one number chooses the structure, another what
// may vary without changing it (literals, their form, blanks, comments, case).
#pragma once

#include <cstdint>
#include <string>

namespace pgmuster::postgres {

/// In every literal and comment that is generated, and nowhere else.
inline constexpr auto planted = "s3cr3t";

struct generated_statement {
  std::string text;
  /// A table that no other structure has; parts of the structure follow it.
  std::string table;
};

/// Queries and the four verbs of rows, all of which the parser takes.
[[nodiscard]] generated_statement generate_query(std::uint64_t structure,
                                                 std::uint64_t variation);

/// Utility statements whose literals the parser's own normalisation leaves.
[[nodiscard]] generated_statement generate_utility(std::uint64_t structure,
                                                   std::uint64_t variation);

} // namespace pgmuster::postgres
