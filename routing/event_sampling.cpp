// Chances are multiples of 2⁻³², so that weights are their exact inverses.
#include "routing/event_sampling.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace pgmuster {

namespace {

constexpr double two_to_32 = 4'294'967'296.0;

/// Ranks: lower ones first.
constexpr std::uint8_t is_new = 0;
constexpr std::uint8_t is_rare = 1;
constexpr std::uint8_t is_usual = 2;

/// A shape with a lower count than this was not seen for a while.
constexpr double forgotten_count = 0.5;

/// The finaliser of splitmix64: every bit of the result depends on all.
std::uint64_t mixed(std::uint64_t value) noexcept {
  value += 0x9e3779b97f4a7c15U;
  value = (value ^ (value >> 30U)) * 0xbf58476d1ce4e5b9U;
  value = (value ^ (value >> 27U)) * 0x94d049bb133111ebU;
  return value ^ (value >> 31U);
}

/// Adds to the chances of all samples of one rank; returns what is left.
double raise_rank(std::uint8_t rank,
                  double left,
                  std::span<const ranked_sample> samples,
                  std::vector<double>& chances) {
  double wanted = 0;
  for (std::size_t i = 0; i < samples.size(); ++i) {
    wanted += samples[i].rank == rank ? 1 - chances[i] : 0;
  }
  if (wanted <= 0) {
    return left;
  }
  const auto share = std::min(1.0, left / wanted);
  for (std::size_t i = 0; i < samples.size(); ++i) {
    if (samples[i].rank == rank) {
      chances[i] += share * (1 - chances[i]);
    }
  }
  return std::max(0.0, left - wanted);
}

/// Adds to each chance in proportion to its cost, none above 1.
void raise_by_cost(double left,
                   std::span<const ranked_sample> samples,
                   std::vector<double>& chances) {
  std::vector<std::size_t> order;
  double costs = 0;
  for (std::size_t i = 0; i < samples.size(); ++i) {
    if (samples[i].rank == is_usual) {
      order.push_back(i);
      costs += samples[i].cost;
    }
  }
  std::sort(order.begin(), order.end(), [&](auto one, auto other) {
    return samples[one].cost > samples[other].cost;
  });
  for (const auto i : order) {
    const auto share = costs > 0 ? left * (samples[i].cost / costs) : 0;
    const auto more = std::min(share, 1 - chances[i]);
    chances[i] += more;
    left = std::max(0.0, left - more);
    costs -= samples[i].cost;
  }
}

} // namespace

double
draw(double chance, std::uint64_t identity, std::uint64_t seed) noexcept {
  const auto threshold =
    std::clamp(std::ceil(chance * two_to_32), 1.0, two_to_32);
  const auto drawn = mixed(mixed(seed) ^ identity) >> 32U;
  return static_cast<double>(drawn) < threshold ? two_to_32 / threshold : 0;
}

std::vector<double> chances_within(double budget,
                                   std::span<const ranked_sample> samples) {
  if (samples.empty()) {
    return {};
  }
  const auto count = static_cast<double>(samples.size());
  const auto even = std::clamp(event_sampler::even_share * budget / count,
                               event_sampler::least_chance, 1.0);
  std::vector<double> chances(samples.size(), even);
  auto left = std::max(0.0, budget - even * count);
  left = raise_rank(is_new, left, samples, chances);
  left = raise_rank(is_rare, left, samples, chances);
  raise_by_cost(left, samples, chances);
  return chances;
}

std::vector<ranked_sample>
event_sampler::ranked(std::span<const sample_traits> samples, mono_time now) {
  std::vector<ranked_sample> made;
  made.reserve(samples.size());
  for (const auto& one : samples) {
    const auto shape_before =
      one.shape != 0 ? shapes_.add(one.shape, now) : forgotten_count;
    const auto waits_before = waits_.total(now);
    const auto wait_before = waits_.add(one.wait, now);
    const bool rare = one.wait != 0 && wait_before < rare_share * waits_before;
    // A constant for each, since what has just begun costs nothing yet.
    const auto cost = 1e3 + static_cast<double>(one.running.count());
    made.push_back({shape_before < forgotten_count      ? is_new
                    : rare || one.blocked >= long_block ? is_rare
                                                        : is_usual,
                    cost});
  }
  return made;
}

std::vector<double>
event_sampler::choose(std::span<const sample_traits> samples,
                      event_budget& budget,
                      mono_time now) {
  std::vector<double> weights(samples.size(), 0);
  if (samples.empty() || config_.sampling == event_sampling::none) {
    return weights;
  }
  std::vector<double> chances(samples.size(), config_.rate_percent / 100.0);
  if (config_.sampling == event_sampling::adaptive) {
    const auto ranks = ranked(samples, now);
    const auto taken = budget.take(static_cast<double>(samples.size()), now);
    chances = chances_within(taken, ranks);
    budget.settle(std::accumulate(chances.begin(), chances.end(), 0.0) - taken);
  }
  for (std::size_t i = 0; i < samples.size(); ++i) {
    weights[i] = draw(chances[i], samples[i].identity, seed_);
  }
  return weights;
}

} // namespace pgmuster
