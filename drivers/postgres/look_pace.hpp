// How long answers are left to come before they are looked for.
#pragma once

#include "config/time.hpp"

#include <algorithm>
#include <cstdint>

namespace pgmuster::postgres {

/// It is not worth waking for each of the server's 8 KiB of a large result, nor
/// for each small answer of a cycle. What gathers in one step of the reactor's
/// wheel is enough, and where a cycle usually takes longer, its first look
/// waits longer: as long as most cycles find everything there.
class look_pace {
public:
  static constexpr milliseconds step{10};
  static constexpr std::uint8_t steps_max = 6;

  /// After a pipeline was sent.
  [[nodiscard]] milliseconds first_wait() const noexcept {
    return steps_ * step;
  }
  /// After a look that did not find everything.
  [[nodiscard]] static milliseconds next_wait() noexcept { return step; }

  /// What the first look found. One step more at once, one less when many
  /// looks in a row would not have needed it, for all that is known.
  void looked(bool all_there) noexcept {
    constexpr std::uint8_t in_a_row = 16;
    if (!all_there) {
      found_ = 0;
      steps_ = std::min<std::uint8_t>(steps_max, steps_ + 1);
    } else if (++found_ == in_a_row) {
      found_ = 0;
      steps_ = std::max<std::uint8_t>(1, steps_ - 1);
    }
  }

private:
  std::uint8_t steps_ = 1;
  std::uint8_t found_ = 0;
};

} // namespace pgmuster::postgres
