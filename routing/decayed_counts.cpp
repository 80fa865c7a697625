// Halves with time, without touching what is not asked for.
#include "routing/decayed_counts.hpp"

#include <algorithm>
#include <cmath>
#include <tuple>
#include <vector>

namespace pgmuster {

double decayed_counts::decayed(const weight& one, mono_time now) const {
  const std::chrono::duration<double, std::milli> age = now - one.at;
  const auto halves = age.count() / static_cast<double>(half_life_.count());
  return one.count * std::exp2(-halves);
}

double decayed_counts::add(std::uint64_t thing, mono_time now) {
  all_ = {decayed(all_, now) + 1, now};
  if (known_.size() >= most_ && !known_.contains(thing)) {
    forget_half(now);
  }
  auto& one = known_[thing];
  const auto before = decayed(one, now);
  one = {before + 1, now};
  return before;
}

double decayed_counts::total(mono_time now) const {
  return decayed(all_, now);
}

/// A half at once, so that a flood of new things costs little for each.
void decayed_counts::forget_half(mono_time now) {
  std::vector<std::pair<double, std::uint64_t>> ranked;
  ranked.reserve(known_.size());
  for (const auto& [thing, one] : known_) {
    ranked.emplace_back(decayed(one, now), thing);
  }
  const auto middle =
    ranked.begin() + static_cast<std::ptrdiff_t>(ranked.size() / 2);
  std::nth_element(ranked.begin(), middle, ranked.end());
  for (auto one = ranked.begin(); one != middle; ++one) {
    known_.erase(one->second);
  }
  forgotten_ += static_cast<std::uint64_t>(middle - ranked.begin());
}

} // namespace pgmuster
