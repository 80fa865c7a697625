// Two clocks' readings as two types that cannot be mixed up.
#pragma once

#include <chrono>

namespace pgmuster {

/// Never steps; what schedules, deadlines and rates are computed from.
using mono_time = std::chrono::steady_clock::time_point;

/// What a point is stamped with: nanoseconds since the Unix epoch.
using wall_time =
  std::chrono::time_point<std::chrono::system_clock, std::chrono::nanoseconds>;

using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::nanoseconds;
using std::chrono::seconds;

} // namespace pgmuster
