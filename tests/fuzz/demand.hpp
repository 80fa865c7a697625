// How a fuzz target says that a promise was broken: it ends, and libFuzzer
// keeps the input.
#pragma once

#include <cstdio>
#include <cstdlib>

namespace pgmuster::fuzz {

/// Ends the process with `words` unless `kept`.
inline void demand(bool kept, const char* words) {
  if (!kept) {
    std::fprintf(stderr, "broken promise: %s\n", words);
    std::abort();
  }
}

} // namespace pgmuster::fuzz
