// What `pgmuster top` shows: text from the API's document. Pure.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace pgmuster {

struct top_layout {
  std::size_t columns = 100;
  std::size_t rows = 40;
  bool colours = false;
  /// Put under the table, e.g. a narrator's line; may be empty.
  std::string footer;
};

/// Renders the document of /api/v1/targets and that of /api/v1/ledger (may be
/// empty). Bad JSON renders as a sentence that says so. No cursor movement.
[[nodiscard]] std::string render_top(std::string_view targets_json,
                                     std::string_view ledger_json,
                                     const top_layout& layout);

} // namespace pgmuster
