// When a loss that happens again and again is told: the first ones at once,
// then at most one line a while, with the sum of what was not told.
#pragma once

#include "config/time.hpp"

#include <cstdint>
#include <optional>

namespace pgmuster {

class seldom_told {
public:
  struct losses {
    std::uint64_t times = 0;
    std::uint64_t frames = 0;
    std::uint64_t points = 0;
    std::uint64_t bytes = 0;
  };

  /// `at_once` lines may come without a pause.
  explicit seldom_told(std::uint64_t at_once, seconds every = seconds{60})
    : at_once_(at_once), every_(every) {}

  /// What is to be told now; empty: it is kept for a later line.
  [[nodiscard]] std::optional<losses> add(std::uint64_t frames,
                                          std::uint64_t points,
                                          std::uint64_t bytes,
                                          mono_time now);

  /// What was kept and has not been told.
  [[nodiscard]] std::optional<losses> rest();

private:
  std::uint64_t at_once_;
  seconds every_;
  std::uint64_t told_ = 0;
  std::optional<mono_time> last_;
  losses kept_;
};

} // namespace pgmuster
