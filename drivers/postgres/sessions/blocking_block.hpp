// Who blocks whom, as gauges of the instance.
#pragma once

#include "codec/points.hpp"

namespace pgmuster::postgres {

struct blocking_numbers {
  std::size_t roots = 0;
  std::size_t waiters = 0;
  std::size_t depth = 0;
  microseconds longest_wait{0};
};

[[nodiscard]] point_block blocking_block(const blocking_numbers& numbers,
                                         wall_time now);

} // namespace pgmuster::postgres
