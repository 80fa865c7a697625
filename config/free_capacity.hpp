// Empties a container and gives its memory back.
#pragma once

#include <utility>

namespace pgmuster {

/// `x = {}` and `x.clear()` keep what was allocated (for a vector or string the
/// assignment is that of an empty list of elements); this does not.
template <class Container>
void free_capacity(Container& of) noexcept {
  Container{}.swap(of);
}

} // namespace pgmuster
