// How the heap is tuned for results that come and go each cycle.
#pragma once

namespace pgmuster::postgres {

/// Keeps glibc from giving memory back between cycles and from mapping each
/// large result anew: page faults were two fifths of a cycle's CPU. Call it
/// once, before other threads exist. Does nothing with another allocator.
void tune_allocator() noexcept;

} // namespace pgmuster::postgres
