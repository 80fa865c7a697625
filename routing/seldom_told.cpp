#include "routing/seldom_told.hpp"

#include <utility>

namespace pgmuster {

std::optional<seldom_told::losses> seldom_told::add(std::uint64_t frames,
                                                    std::uint64_t points,
                                                    std::uint64_t bytes,
                                                    mono_time now) {
  ++kept_.times;
  kept_.frames += frames;
  kept_.points += points;
  kept_.bytes += bytes;
  if (last_ && now - *last_ >= every_) {
    told_ = 0;
  }
  if (told_ >= at_once_) {
    return std::nullopt;
  }
  ++told_;
  last_ = now;
  return std::exchange(kept_, {});
}

std::optional<seldom_told::losses> seldom_told::rest() {
  if (kept_.times == 0) {
    return std::nullopt;
  }
  return std::exchange(kept_, {});
}

} // namespace pgmuster
