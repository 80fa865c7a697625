// Due times spread evenly, keep their phase, and backoff stays in its bounds.
#include "config/configuration.hpp"
#include "routing/lane_for.hpp"
#include "routing/schedule.hpp"
#include "tests/routing/random_source.hpp"

#include <gtest/gtest.h>

#include <array>
#include <set>
#include <string>

namespace pgmuster {
namespace {

using testing_routing::dice;

TEST(schedule, phases_of_many_targets_spread_evenly_over_the_interval) {
  constexpr milliseconds interval{10'000};
  constexpr int targets = 20'000;
  const mono_time now{seconds{123'456}};
  std::array<int, 10> tenths{};
  for (int i = 0; i < targets; ++i) {
    const auto due =
      next_due(now, interval, stable_hash("acme", "db" + std::to_string(i)));
    ASSERT_GT(due, now);
    ASSERT_LE(due, now + interval);
    const auto wait = std::chrono::duration_cast<milliseconds>(due - now);
    ++tenths.at(static_cast<std::size_t>((wait.count() - 1) / 1'000 % 10));
  }
  for (const auto count : tenths) {
    // Six standard deviations of a fair tenth.
    EXPECT_NEAR(count, targets / 10, 260);
  }
}

TEST(schedule,
     a_thousand_names_and_their_databases_come_at_moments_of_their_own) {
  constexpr milliseconds interval{10'000};
  constexpr std::size_t names = 1'000;
  constexpr std::size_t slices = 50;
  const mono_time now{seconds{123'456}};
  const auto unevenness_of = [&](const auto& phase_of) {
    std::array<std::size_t, slices> slice{};
    double unevenness = 0;
    for (std::size_t i = 0; i < names; ++i) {
      const nanoseconds wait = next_due(now, interval, phase_of(i)) - now;
      const auto part = (wait - nanoseconds{1}) / (interval / slices);
      ++slice.at(static_cast<std::size_t>(part));
    }
    for (const auto count : slice) {
      const auto off = static_cast<double>(count) - names / slices;
      unevenness += off * off / (names / slices);
    }
    return unevenness;
  };
  // χ² of 49 degrees of freedom: one of 100,000 even spreads is above 99.
  EXPECT_LT(unevenness_of([](std::size_t i) {
              return stable_hash("acme", "db" + std::to_string(i));
            }),
            99);
  EXPECT_LT(unevenness_of([](std::size_t i) {
              return database_phase(stable_hash("acme", "one"),
                                    "tenant_" + std::to_string(i));
            }),
            99);
  EXPECT_GT(unevenness_of([](std::size_t i) { return i; }), 99)
    << "this test would see a herd";
}

TEST(schedule, a_due_time_is_followed_by_the_next_one_of_the_same_grid) {
  dice random;
  for (int i = 0; i < 10'000; ++i) {
    const milliseconds interval{1 + random.upto(100'000)};
    const auto hash = random.upto(~std::uint64_t{0});
    const auto start =
      mono_time{nanoseconds{random.upto(1'000'000'000'000)}} - seconds{500};
    const auto due = next_due(start, interval, hash);
    ASSERT_GT(due, start);
    ASSERT_LE(due - start, interval);
    ASSERT_EQ(next_due(due, interval, hash), due + interval);
    ASSERT_EQ(next_due(due - nanoseconds{1}, interval, hash), due);
  }
}

configuration fleet_of(std::size_t targets, milliseconds interval) {
  configuration made;
  made.intervals.default_interval = interval;
  made.tenants.resize(2);
  made.tenants[0].targets.resize(targets / 2);
  made.tenants[1].targets.resize(targets - targets / 2);
  return made;
}

TEST(schedule, about_sixteen_cycles_of_a_process_begin_together) {
  constexpr milliseconds interval{10'000};
  const mono_time now{seconds{123'456}};
  const auto moments_of = [&](std::size_t targets) {
    const auto together = begin_together(fleet_of(targets, interval));
    std::set<mono_time> moments;
    for (std::size_t i = 0; i < targets; ++i) {
      moments.insert(next_due(now, interval,
                              stable_hash("acme", "db" + std::to_string(i)),
                              together));
    }
    return moments.size();
  };
  // 160 ms each: 63 slots, of which a fair throw leaves none empty.
  EXPECT_EQ(moments_of(1'000), 63);
  // At most 200 ms: no more than 50 slots, also where targets are few.
  EXPECT_EQ(moments_of(300), 50);
  // They are so many that they come together anyway.
  EXPECT_EQ(moments_of(20'000), 20'000);
}

TEST(schedule, who_is_alone_waits_for_nobody) {
  EXPECT_EQ(begin_together(fleet_of(0, milliseconds{10'000})), milliseconds{0});
  EXPECT_EQ(begin_together(fleet_of(1, milliseconds{10'000})), milliseconds{0});
  EXPECT_EQ(begin_together(fleet_of(2, milliseconds{10'000})),
            milliseconds{200});
  EXPECT_EQ(begin_together(fleet_of(100, milliseconds{1'000})),
            milliseconds{160});
}

TEST(schedule, what_begins_together_keeps_its_grid_and_its_even_spread) {
  dice random;
  std::array<int, 20> parts{};
  constexpr int throws = 20'000;
  for (int i = 0; i < throws; ++i) {
    const milliseconds interval{1 + random.upto(100'000)};
    const milliseconds together{random.upto(201)};
    const auto hash = random.upto(~std::uint64_t{0});
    const auto start =
      mono_time{nanoseconds{random.upto(1'000'000'000'000)}} - seconds{500};
    const auto due = next_due(start, interval, hash, together);
    ASSERT_GT(due, start);
    ASSERT_LE(due - start, interval);
    ASSERT_EQ(next_due(due, interval, hash, together), due + interval);
    const auto alone = next_due(mono_time{}, interval, hash);
    const auto off = alone - next_due(mono_time{}, interval, hash, together);
    // Earlier than alone by less than a slot, unless that is before the start.
    ASSERT_TRUE(off < nanoseconds{interval} / 10 + nanoseconds{1});
    const auto wait = due - start - nanoseconds{1};
    ++parts.at(static_cast<std::size_t>(wait * 20 / nanoseconds{interval}));
  }
  for (const auto count : parts) {
    // Six standard deviations of a fair twentieth.
    EXPECT_NEAR(count, throws / 20, 185);
  }
}

TEST(schedule, backoff_stays_in_its_bounds_and_reaches_the_longest) {
  dice random;
  const backoff_limits limits{milliseconds{1'000}, milliseconds{60'000}};
  milliseconds seen_longest{0};
  for (int i = 0; i < 20'000; ++i) {
    const auto failures = static_cast<std::uint32_t>(1 + random.upto(100));
    const auto wait = backoff(limits, failures, random.share());
    const auto most = failures > 6 ? milliseconds{60'000}
                                   : milliseconds{1'000 << (failures - 1)};
    ASSERT_GE(wait, milliseconds{500});
    ASSERT_LE(wait, most);
    seen_longest = std::max(seen_longest, wait);
  }
  EXPECT_GT(seen_longest, milliseconds{55'000});
  EXPECT_EQ(backoff(limits, 4'000'000'000U, 0.999999), milliseconds{60'000});
}

TEST(schedule, tenant_and_target_are_told_apart_in_the_hash) {
  EXPECT_NE(stable_hash("a", "bc"), stable_hash("ab", "c"));
  EXPECT_NE(stable_hash("a", "b"), stable_hash("b", "a"));
  EXPECT_EQ(stable_hash("a", "b"), stable_hash("a", "b"));
}

TEST(lane_for, stays_within_the_lanes_and_survives_none) {
  EXPECT_EQ(lane_for(7, 2), 1U);
  EXPECT_EQ(shard_for(7, 4), 3U);
  EXPECT_EQ(lane_for(7, 0), 0U);
}

} // namespace
} // namespace pgmuster
