// Where actors take their chance from: pure code is handed a number.
#pragma once

#include "routing/restart_pace.hpp"

#include <random>

namespace pgmuster {

/// Uniform in [0, 1); every worker thread has its own source.
[[nodiscard]] inline double uniform_chance() {
  thread_local std::minstd_rand engine{std::random_device{}()};
  return std::uniform_real_distribution<double>{0.0, 1.0}(engine);
}

/// How long a child that ended waits before it is started again.
inline constexpr backoff_limits respawn{milliseconds{100},
                                        milliseconds{60'000}};

} // namespace pgmuster
