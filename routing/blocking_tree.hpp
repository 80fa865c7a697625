// Who keeps whom waiting: the sessions at the root of waits, and how far below
// them others wait.
#pragma once

#include "codec/sessions.hpp"

#include <cstddef>
#include <span>
#include <vector>

namespace pgmuster {

struct blocking_root {
  /// It need not be among the sessions: it may do nothing, or serve no client.
  std::int64_t id = 0;
  /// All that wait for it, for those that wait for it, and so on.
  std::size_t waiters = 0;
  /// How many waits the farthest of them is away: one that waits for it and
  /// for others that do is one away.
  std::size_t depth = 0;
  /// Indexes of the waiters among the sessions.
  std::vector<std::size_t> below;
};

struct blocking_tree {
  /// Those with most waiters first.
  std::vector<blocking_root> roots;
  /// Sessions that wait for another one.
  std::size_t waiters = 0;
  std::size_t depth = 0;
  /// All of them, those that are not in `roots` included.
  std::size_t roots_found = 0;
};

/// Roots whose waiters are followed; of more, those with most direct waiters.
inline constexpr std::size_t blocking_roots_max = 32;

/// Sessions that wait for each other in a circle have a root, too: the one with
/// the smallest id.
[[nodiscard]] blocking_tree
blocking_tree_of(std::span<const seen_session> sessions);

} // namespace pgmuster
