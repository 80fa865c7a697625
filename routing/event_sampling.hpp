// Which samples are told, with what weight: a chance for each that depends on
// what was seen, never on what was told, so that weights add up to counts.
#pragma once

#include "codec/events.hpp"
#include "config/event_config.hpp"
#include "routing/decayed_counts.hpp"
#include "routing/event_budget.hpp"

#include <cstdint>
#include <span>
#include <vector>

namespace pgmuster {

/// Whether a sample with this chance is told: 0, or its weight, which is the
/// inverse of its chance. Precondition: 0 < chance ≤ 1.
[[nodiscard]] double
draw(double chance, std::uint64_t identity, std::uint64_t seed) noexcept;

/// Spreads `budget` over samples: a little for each, then all of the first
/// rank, of the second, and the rest by cost. Every chance is at least
/// `event_sampler::least_chance`; their sum is what is spent on average.
struct ranked_sample {
  std::uint8_t rank = 0;
  double cost = 0;
};
[[nodiscard]] std::vector<double>
chances_within(double budget, std::span<const ranked_sample> samples);

/// Of one tenant and lane.
class event_sampler {
public:
  /// Without this no sum of weights could tell what is never told.
  static constexpr double least_chance = 1.0 / 1'024;
  /// Of the budget, spread over all samples alike.
  static constexpr double even_share = 0.1;
  /// Shapes and waits that are remembered.
  static constexpr std::size_t remembered_max = 8'192;
  /// A shape that was not seen for about this long is new again.
  static constexpr milliseconds memory{3'600'000};
  /// Of all samples: a wait with less is rare.
  static constexpr double rare_share = 0.02;
  static constexpr microseconds long_block{1'000'000};

  event_sampler(event_config config, std::uint64_t seed)
    : config_(config),
      seed_(seed),
      shapes_(remembered_max, memory),
      waits_(remembered_max, memory) {}

  /// A weight for each, 0 for what is not told. `budget` is for `adaptive`.
  [[nodiscard]] std::vector<double>
  choose(std::span<const sample_traits> samples,
         event_budget& budget,
         mono_time now);

private:
  [[nodiscard]] std::vector<ranked_sample>
  ranked(std::span<const sample_traits> samples, mono_time now);

  event_config config_;
  std::uint64_t seed_;
  decayed_counts shapes_;
  decayed_counts waits_;
};

} // namespace pgmuster
