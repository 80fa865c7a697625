// How a number grows: from a key and a count of steps, with nothing kept.
#pragma once

#include <cstdint>
#include <string_view>

namespace pgmuster::loadtest {

/// Spreads bits (the finaliser of splitmix64).
[[nodiscard]] constexpr std::uint64_t mixed(std::uint64_t value) noexcept {
  value += 0x9e3779b97f4a7c15U;
  value = (value ^ (value >> 30U)) * 0xbf58476d1ce4e5b9U;
  value = (value ^ (value >> 27U)) * 0x94d049bb133111ebU;
  return value ^ (value >> 31U);
}

[[nodiscard]] constexpr std::uint64_t mixed(std::uint64_t a,
                                            std::uint64_t b) noexcept {
  return mixed(mixed(a) ^ b);
}

/// FNV-1a: what a name stands for in a key.
[[nodiscard]] constexpr std::uint64_t key_of(std::string_view name) noexcept {
  std::uint64_t made = 0xcbf29ce484222325U;
  for (const char letter : name) {
    made = (made ^ static_cast<unsigned char>(letter)) * 0x100000001b3U;
  }
  return made;
}

/// Evenly in [0, bound), from the upper half of the bits.
[[nodiscard]] constexpr std::int64_t below(std::uint64_t bits,
                                           std::int64_t bound) noexcept {
  return static_cast<std::int64_t>(
    ((bits >> 32U) * static_cast<std::uint64_t>(bound)) >> 32U);
}

/// What `steps` steps add up to: `rate` a step, unevenly by up to half of it.
/// 0 for no steps; grows by at least half the rate with each.
[[nodiscard]] constexpr std::int64_t
grown(std::uint64_t key, std::int64_t rate, std::int64_t steps) noexcept {
  if (steps <= 0) {
    return 0;
  }
  return rate * steps
         + below(mixed(key ^ static_cast<std::uint64_t>(steps)), rate / 2 + 1);
}

/// A window of `width` entries out of `count` runs in each step, and moves on
/// by one entry every `turnover` steps (0: never): in how many of the first
/// `steps` steps entry `index` ran.
[[nodiscard]] constexpr std::int64_t active_steps(std::int64_t index,
                                                  std::int64_t count,
                                                  std::int64_t width,
                                                  std::int64_t turnover,
                                                  std::int64_t steps) noexcept {
  if (steps <= 0 || width <= 0) {
    return 0;
  }
  if (turnover <= 0 || width >= count) {
    return index < width ? steps : 0;
  }
  // In turn t the window is t … t + width - 1, modulo count.
  const auto turns = steps / turnover;
  const auto entered = ((index - width + 1) % count + count) % count;
  const auto since = [&](std::int64_t turn) {
    // How many of the turns 0 … turn - 1 had the entry in their window, if the
    // circle began where the entry comes in.
    return turn / count * width + (turn % count < width ? turn % count : width);
  };
  // Shifted so that turn `entered` is the first one with it.
  const auto shift = count - entered;
  const auto whole = since(turns + shift) - since(shift);
  const bool now = (turns + shift) % count < width;
  return whole * turnover + (now ? steps % turnover : 0);
}

} // namespace pgmuster::loadtest
