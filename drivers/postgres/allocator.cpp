// Sets glibc's thresholds; see the header for why.
#include "drivers/postgres/allocator.hpp"

#include <malloc.h>

namespace pgmuster::postgres {

namespace {

/// Free memory at the heap's top that is kept.
constexpr int trim_threshold = 4 * 1024 * 1024;
/// What the heap grows by.
constexpr int top_pad = 1024 * 1024;
/// Above it a block is mapped by itself; results stay below.
constexpr int mmap_threshold = 8 * 1024 * 1024;
/// Results, texts and frames are freed by other threads than allocated them:
/// each further arena holds its own remains of the largest moment.
constexpr int arenas_max = 2;

} // namespace

void tune_allocator() noexcept {
  mallopt(M_TRIM_THRESHOLD, trim_threshold);
  mallopt(M_TOP_PAD, top_pad);
  mallopt(M_MMAP_THRESHOLD, mmap_threshold);
  mallopt(M_ARENA_MAX, arenas_max);
}

} // namespace pgmuster::postgres
