// Weights of what is told add up to what was seen, whatever the budget, and the
// budget goes first to what is new, then to what is rare, then by cost.
#include "routing/event_sampling.hpp"
#include "tests/routing/random_source.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

namespace pgmuster {
namespace {

constexpr mono_time t0{seconds{1'000}};

double sum(const std::vector<double>& values) {
  return std::accumulate(values.begin(), values.end(), 0.0);
}

std::vector<sample_traits> samples_of(testing_routing::dice& chance,
                                      std::size_t count) {
  std::vector<sample_traits> made(count);
  for (auto& one : made) {
    one.identity = chance.upto(~std::uint64_t{0});
    one.shape = 1 + chance.upto(20);
    one.wait = chance.upto(4);
    one.running = microseconds{static_cast<std::int64_t>(chance.upto(1 << 24))};
    one.blocked = microseconds{chance.one_in(10) ? 2'000'000 : 0};
  }
  return made;
}

TEST(event_sampling, the_same_seed_and_sample_have_the_same_fate) {
  for (std::uint64_t identity = 0; identity < 1'000; ++identity) {
    EXPECT_EQ(draw(0.25, identity, 7), draw(0.25, identity, 7));
  }
}

TEST(event_sampling, a_certain_sample_is_always_told_once) {
  for (std::uint64_t identity = 0; identity < 1'000; ++identity) {
    EXPECT_EQ(draw(1.0, identity, identity * 3), 1.0);
  }
}

TEST(event_sampling, a_larger_chance_tells_all_that_a_smaller_one_does) {
  for (std::uint64_t identity = 0; identity < 10'000; ++identity) {
    if (draw(0.1, identity, 3) > 0) {
      EXPECT_GT(draw(0.4, identity, 3), 0);
    }
  }
}

/// The mean of Σ weights over so many seeds against the count, within six
/// standard deviations that follow from the chances themselves.
void expect_unbiased(const std::vector<double>& chances,
                     std::span<const sample_traits> samples) {
  constexpr std::uint64_t seeds = 4'000;
  double variance = 0;
  for (const auto chance : chances) {
    ASSERT_GE(chance, event_sampler::least_chance);
    ASSERT_LE(chance, 1.0 + 1e-12);
    variance += 1 / chance - 1;
  }
  double total = 0;
  for (std::uint64_t seed = 0; seed < seeds; ++seed) {
    for (std::size_t i = 0; i < samples.size(); ++i) {
      total += draw(std::min(1.0, chances[i]), samples[i].identity, seed);
    }
  }
  const auto mean = total / static_cast<double>(seeds);
  const auto off = std::abs(mean - static_cast<double>(samples.size()));
  EXPECT_LE(off, 6 * std::sqrt(variance / static_cast<double>(seeds)) + 1e-6);
}

TEST(event_sampling, weights_add_up_to_counts_over_thousands_of_seeds) {
  testing_routing::dice chance;
  for (const std::size_t count : {1U, 7U, 100U, 300U}) {
    const auto samples = samples_of(chance, count);
    expect_unbiased(std::vector<double>(count, 0.25), samples);
    for (const double budget : {0.0, 0.5, 3.0, 40.0, 1'000.0}) {
      std::vector<ranked_sample> ranks;
      for (const auto& one : samples) {
        ranks.push_back({static_cast<std::uint8_t>(one.shape % 3),
                         static_cast<double>(one.running.count())});
      }
      expect_unbiased(chances_within(budget, ranks), samples);
    }
  }
}

/// Over a whole history: budgets and memories depend on what was seen, so that
/// every seed walks through the same chances.
TEST(event_sampling, an_adaptive_history_is_unbiased_over_thousands_of_seeds) {
  testing_routing::dice chance;
  std::vector<std::vector<sample_traits>> cycles;
  double seen = 0;
  for (int cycle = 0; cycle < 12; ++cycle) {
    cycles.push_back(samples_of(chance, chance.upto(60)));
    seen += static_cast<double>(cycles.back().size());
  }
  event_config config;
  config.sampling = event_sampling::adaptive;
  config.budget = 1;
  constexpr int seeds = 3'000;
  double total = 0;
  double squares = 0;
  for (std::uint64_t seed = 0; seed < seeds; ++seed) {
    event_sampler sampler{config, seed};
    event_budget budget{static_cast<double>(config.budget)};
    double told = 0;
    auto now = t0;
    for (const auto& samples : cycles) {
      told += sum(sampler.choose(samples, budget, now));
      now += seconds{10};
    }
    total += told;
    squares += told * told;
  }
  const auto mean = total / seeds;
  const auto deviation =
    std::sqrt(std::max(0.0, squares / seeds - mean * mean));
  EXPECT_NEAR(mean, seen, 5 * deviation / std::sqrt(1.0 * seeds) + 1e-6);
}

TEST(event_sampling, what_is_spent_on_average_is_the_budget) {
  testing_routing::dice chance;
  const auto samples = samples_of(chance, 500);
  std::vector<ranked_sample> ranks;
  for (const auto& one : samples) {
    ranks.push_back({static_cast<std::uint8_t>(one.shape % 3),
                     static_cast<double>(one.running.count())});
  }
  for (const double budget : {1.0, 10.0, 100.0, 499.0}) {
    EXPECT_NEAR(sum(chances_within(budget, ranks)), budget, 1e-6);
  }
  EXPECT_NEAR(sum(chances_within(5'000, ranks)), 500, 1e-6);
}

TEST(event_sampling, new_shapes_go_before_rare_ones_and_those_before_cost) {
  std::vector<ranked_sample> ranks(100, {2, 1});
  ranks[3] = {0, 1};
  ranks[7] = {1, 1};
  ranks[9] = {2, 1'000};
  const auto few = chances_within(1.1, ranks);
  EXPECT_GT(few[3], 0.9);
  EXPECT_LT(few[7], 0.2);
  const auto more = chances_within(2.5, ranks);
  EXPECT_NEAR(more[3], 1, 1e-9);
  EXPECT_NEAR(more[7], 1, 1e-9);
  EXPECT_GT(more[9], 50 * (more[10] - event_sampler::even_share * 2.5 / 100));
}

TEST(event_sampling, a_shape_is_new_once) {
  event_config config;
  config.sampling = event_sampling::adaptive;
  config.budget = 1;
  event_sampler sampler{config, 1};
  event_budget budget{1};
  // Known ones use the budget up.
  std::vector<sample_traits> known(400, {0, 5, 1, {}, microseconds{10}});
  auto now = t0;
  std::uint64_t identity = 0;
  const auto cycle = [&](std::uint64_t shape) {
    for (auto& one : known) {
      one.identity = ++identity;
    }
    auto samples = known;
    samples.push_back({++identity, shape, 1, {}, microseconds{10}});
    now += seconds{10};
    return sampler.choose(samples, budget, now).back();
  };
  cycle(5);
  EXPECT_EQ(cycle(77), 1.0) << "new: told for certain";
  int told = 0;
  for (int i = 0; i < 50; ++i) {
    told += cycle(77) > 0 ? 1 : 0;
  }
  EXPECT_LT(told, 25) << "known by now";
}

TEST(event_sampling, a_tenant_tells_no_more_than_its_budget_in_the_long_run) {
  event_config config;
  config.sampling = event_sampling::adaptive;
  config.budget = 2;
  event_sampler sampler{config, 11};
  event_budget budget{2};
  testing_routing::dice chance;
  std::uint64_t told = 0;
  auto now = t0;
  constexpr int cycles = 400;
  for (int cycle = 0; cycle < cycles; ++cycle) {
    for (const auto weight :
         sampler.choose(samples_of(chance, 300), budget, now)) {
      told += weight > 0 ? 1U : 0U;
    }
    now += seconds{10};
  }
  const double allowed = 2 * (cycles * 10 + event_budget::depth_seconds);
  EXPECT_LE(static_cast<double>(told), allowed + 6 * std::sqrt(allowed));
  EXPECT_GE(static_cast<double>(told), 0.9 * 2 * cycles * 10);
}

TEST(event_sampling, none_tells_none) {
  event_config config;
  config.sampling = event_sampling::none;
  event_sampler sampler{config, 1};
  event_budget budget{1};
  testing_routing::dice chance;
  EXPECT_EQ(sum(sampler.choose(samples_of(chance, 50), budget, t0)), 0);
}

TEST(event_budget, what_is_owed_is_paid_before_more_is_given) {
  event_budget budget{2};
  EXPECT_EQ(budget.take(100, t0), 60);
  budget.settle(10);
  EXPECT_EQ(budget.take(1, t0), 0);
  EXPECT_EQ(budget.take(1, t0 + seconds{5}), 0);
  EXPECT_EQ(budget.take(9, t0 + seconds{6}), 2);
  budget.settle(-1);
  EXPECT_EQ(budget.take(9, t0 + seconds{6}), 1);
}

TEST(event_budget, what_is_saved_up_is_bounded) {
  event_budget budget{2};
  EXPECT_EQ(budget.take(1, t0), 1);
  EXPECT_EQ(budget.take(1e9, t0 + seconds{100'000}), 60);
}

} // namespace
} // namespace pgmuster
