// Follows waits from those that wait for nobody, level by level.
#include "routing/blocking_tree.hpp"

#include <algorithm>
#include <map>
#include <set>

namespace pgmuster {

namespace {

/// Blocker → indexes of the sessions that wait for it.
using waits = std::map<std::int64_t, std::vector<std::size_t>>;

waits waits_of(std::span<const seen_session> sessions) {
  waits made;
  for (std::size_t at = 0; at < sessions.size(); ++at) {
    for (const auto blocker : sessions[at].blocked_by) {
      made[blocker].push_back(at);
    }
  }
  return made;
}

blocking_root follow(std::int64_t root,
                     const waits& waiting,
                     std::span<const seen_session> sessions) {
  blocking_root made;
  made.id = root;
  std::set<std::int64_t> seen{root};
  std::vector<std::int64_t> level{root};
  while (!level.empty()) {
    std::vector<std::int64_t> next;
    for (const auto blocker : level) {
      const auto found = waiting.find(blocker);
      if (found == waiting.end()) {
        continue;
      }
      for (const auto at : found->second) {
        if (seen.insert(sessions[at].id).second) {
          next.push_back(sessions[at].id);
          made.below.push_back(at);
        }
      }
    }
    made.depth += next.empty() ? 0U : 1U;
    level = std::move(next);
  }
  made.waiters = made.below.size();
  return made;
}

/// Waiting sessions that no root keeps waiting: they are in a circle, or behind
/// one.
std::set<std::int64_t> not_reached(std::span<const seen_session> sessions,
                                   const std::vector<std::int64_t>& roots,
                                   const waits& waiting) {
  std::set<std::int64_t> left;
  for (const auto& one : sessions) {
    if (!one.blocked_by.empty()) {
      left.insert(one.id);
    }
  }
  for (const auto root : roots) {
    left.erase(root);
  }
  auto reached = roots;
  while (!reached.empty()) {
    const auto found = waiting.find(reached.back());
    reached.pop_back();
    if (found != waiting.end()) {
      for (const auto at : found->second) {
        if (left.erase(sessions[at].id) > 0) {
          reached.push_back(sessions[at].id);
        }
      }
    }
  }
  return left;
}

/// The smallest of a circle that `from` is in or behind. Precondition: it is
/// one of those not reached, so that each has a blocker among them.
std::int64_t
smallest_of_circle(std::int64_t from,
                   const std::map<std::int64_t, std::int64_t>& first_blocker) {
  std::set<std::int64_t> passed;
  while (passed.insert(from).second) {
    from = first_blocker.at(from);
  }
  auto smallest = from;
  for (auto at = first_blocker.at(from); at != from;
       at = first_blocker.at(at)) {
    smallest = std::min(smallest, at);
  }
  return smallest;
}

std::vector<std::int64_t> roots_of(std::span<const seen_session> sessions,
                                   const waits& waiting) {
  std::map<std::int64_t, std::int64_t> first_blocker;
  for (const auto& one : sessions) {
    if (!one.blocked_by.empty()) {
      first_blocker.emplace(one.id, one.blocked_by.front());
    }
  }
  std::vector<std::int64_t> roots;
  for (const auto& [blocker, waiters] : waiting) {
    if (!first_blocker.contains(blocker)) {
      roots.push_back(blocker);
    }
  }
  for (auto left = not_reached(sessions, roots, waiting); !left.empty();
       left = not_reached(sessions, roots, waiting)) {
    roots.push_back(smallest_of_circle(*left.begin(), first_blocker));
  }
  return roots;
}

} // namespace

blocking_tree blocking_tree_of(std::span<const seen_session> sessions) {
  blocking_tree made;
  const auto waiting = waits_of(sessions);
  for (const auto& one : sessions) {
    made.waiters += one.blocked_by.empty() ? 0U : 1U;
  }
  if (made.waiters == 0) {
    return made;
  }
  auto roots = roots_of(sessions, waiting);
  made.roots_found = roots.size();
  const auto direct = [&](std::int64_t root) {
    const auto found = waiting.find(root);
    return found == waiting.end() ? std::size_t{0} : found->second.size();
  };
  std::stable_sort(roots.begin(), roots.end(), [&](auto one, auto other) {
    return direct(one) > direct(other);
  });
  roots.resize(std::min(roots.size(), blocking_roots_max));
  for (const auto root : roots) {
    made.roots.push_back(follow(root, waiting, sessions));
    made.depth = std::max(made.depth, made.roots.back().depth);
  }
  std::stable_sort(made.roots.begin(), made.roots.end(),
                   [](const auto& one, const auto& other) {
                     return one.waiters > other.waiters;
                   });
  return made;
}

} // namespace pgmuster
