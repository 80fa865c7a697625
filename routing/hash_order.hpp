// What is known by a hash and kept in its order is found without an index.
#pragma once

#include <algorithm>
#include <cstdint>

namespace pgmuster {

/// In what is sorted by its member `hash`: where that is, or where it belongs.
template <class Iterator>
Iterator place_of(Iterator from, Iterator to, std::uint64_t hash) {
  return std::lower_bound(
    from, to, hash,
    [](const auto& one, std::uint64_t wanted) { return one.hash < wanted; });
}

} // namespace pgmuster
