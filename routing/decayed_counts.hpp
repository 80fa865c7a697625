// How often a thing was seen lately: counts that halve with time, for so many
// things at most.
#pragma once

#include "config/time.hpp"

#include <cstddef>
#include <cstdint>
#include <unordered_map>

namespace pgmuster {

class decayed_counts {
public:
  /// Past `most` things the half that was seen least is forgotten.
  /// Precondition: `most` ≥ 2, `half_life` > 0.
  decayed_counts(std::size_t most, milliseconds half_life)
    : most_(most), half_life_(half_life) {}

  /// Counts one; returns the count without it. `now` never goes back.
  double add(std::uint64_t thing, mono_time now);

  /// Of all that was counted, forgotten things included.
  [[nodiscard]] double total(mono_time now) const;
  [[nodiscard]] std::size_t things() const noexcept { return known_.size(); }
  [[nodiscard]] std::uint64_t forgotten() const noexcept { return forgotten_; }

private:
  struct weight {
    double count = 0;
    mono_time at{};
  };
  [[nodiscard]] double decayed(const weight& one, mono_time now) const;
  void forget_half(mono_time now);

  std::size_t most_;
  milliseconds half_life_;
  std::unordered_map<std::uint64_t, weight> known_;
  weight all_;
  std::uint64_t forgotten_ = 0;
};

} // namespace pgmuster
