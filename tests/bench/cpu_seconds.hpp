// What this process has cost so far, as benchmarks count it.
#pragma once

#include <ctime>

namespace pgmuster {

/// User and kernel, of all threads.
inline double cpu_seconds() {
  timespec spent{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &spent);
  return static_cast<double>(spent.tv_sec)
         + static_cast<double>(spent.tv_nsec) * 1e-9;
}

} // namespace pgmuster
