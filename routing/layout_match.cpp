// Compares what columns mean, not where their description lies.
#include "routing/layout_match.hpp"

#include <algorithm>

namespace pgmuster {

bool same_columns(const std::shared_ptr<const block_layout>& left,
                  const std::shared_ptr<const block_layout>& right) noexcept {
  if (left == right || !left || !right) {
    return left == right;
  }
  return std::equal(
    left->columns.begin(), left->columns.end(), right->columns.begin(),
    right->columns.end(), [&](const auto& one, const auto& other) {
      return left->metrics[one.metric].name == right->metrics[other.metric].name
             && one.fixed == other.fixed;
    });
}

} // namespace pgmuster
