// Boost.JSON keeps no positions: this walk of the text gives each its line.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

namespace pgmuster::loading {

/// One member or element of a JSON text.
struct line_of_value {
  /// JSON pointer (RFC 6901).
  const std::string& pointer;
  /// 1-based line of the key, or of the element's first character.
  std::size_t line = 0;
  /// Line of the same key earlier in the same object; 0: the key is new.
  std::size_t earlier_line = 0;
};

/// Visits every member and element in order, the document itself excepted.
/// `text` must have been accepted by the parser; for anything else the walk
/// ends early, but never reads past the text.
void visit_lines(std::string_view text,
                 const std::function<void(const line_of_value&)>& visit);

/// `key` as one more step of `pointer`.
[[nodiscard]] std::string child_pointer(std::string_view pointer,
                                        std::string_view key);
[[nodiscard]] std::string child_pointer(std::string_view pointer,
                                        std::size_t index);

/// The pointer without its last step; "" stays "".
[[nodiscard]] std::string parent_pointer(std::string_view pointer);

} // namespace pgmuster::loading
