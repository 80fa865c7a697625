// Memory in virtual time: states by thresholds, shares by who holds most.
#include "routing/memory_limiter.hpp"
#include "tests/routing/random_source.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace pgmuster {
namespace {

using literals::operator""_MiB;
using testing_routing::dice;

const tenant_id small{"small"};
const tenant_id large{"large"};

TEST(memory_limiter, states_come_at_their_thresholds_and_leave_below) {
  memory_limiter limiter{1'000_MiB};
  const std::vector<std::pair<std::uint64_t, memory_state>> life{
    {0, memory_state::ample},         {799, memory_state::ample},
    {800, memory_state::tight},       {760, memory_state::tight},
    {749, memory_state::ample},       {790, memory_state::ample},
    {950, memory_state::scarce},      {910, memory_state::scarce},
    {899, memory_state::tight},       {1'000, memory_state::exhausted},
    {975, memory_state::exhausted},   {960, memory_state::scarce},
    {2'000, memory_state::exhausted}, {100, memory_state::ample}};
  for (const auto& [resident, state] : life) {
    EXPECT_EQ(limiter.judge(byte_count{resident << 20U}, {}).state, state)
      << resident << " MiB";
  }
}

TEST(memory_limiter, intervals_stretch_more_the_less_there_is) {
  memory_limiter limiter{100_MiB};
  EXPECT_EQ(limiter.judge(50_MiB, {}).stretch, 1U);
  EXPECT_EQ(limiter.judge(85_MiB, {}).stretch, 2U);
  EXPECT_EQ(limiter.judge(96_MiB, {}).stretch, 4U);
  EXPECT_EQ(limiter.judge(101_MiB, {}).stretch, 8U);
}

TEST(memory_limiter, who_holds_more_than_its_share_goes_first) {
  memory_limiter limiter{100_MiB};
  // Back to 90 MiB: six are too many.
  const auto verdict = limiter.judge(
    96_MiB, {{small, (2_MiB).value()}, {large, (20_MiB).value()}});
  EXPECT_EQ(verdict.keeps.count(small), 0U);
  ASSERT_EQ(verdict.keeps.count(large), 1U);
  EXPECT_NEAR(verdict.keeps.at(large), 14.0 / 20.0, 1e-6);
}

TEST(memory_limiter, at_the_limit_everyone_is_turned_away) {
  memory_limiter limiter{100_MiB};
  const auto verdict = limiter.judge(
    100_MiB, {{small, (1_MiB).value()}, {large, (60_MiB).value()}});
  ASSERT_EQ(verdict.keeps.size(), 2U);
  EXPECT_EQ(verdict.keeps.at(small), 1.0);
  EXPECT_LT(verdict.keeps.at(large), 1.0);
}

TEST(memory_limiter, below_the_thresholds_nobody_is_turned_away) {
  memory_limiter limiter{100_MiB};
  EXPECT_TRUE(limiter.judge(94_MiB, {{large, (60_MiB).value()}}).keeps.empty());
}

TEST(memory_limiter, shares_are_fair_and_free_what_is_too_much) {
  dice random;
  for (int life = 0; life < 5'000; ++life) {
    memory_limiter limiter{1'000_MiB};
    std::map<tenant_id, std::uint64_t> held;
    std::uint64_t total = 0;
    for (std::uint64_t one = random.upto(20); one > 0; --one) {
      const auto bytes = random.upto((50_MiB).value());
      held[tenant_id{std::to_string(one)}] = bytes;
      total += bytes;
    }
    const auto resident = (950_MiB).value() + random.upto((49_MiB).value());
    const auto verdict = limiter.judge(byte_count{resident}, held);
    std::uint64_t kept = 0;
    std::uint64_t least_cut = UINT64_MAX;
    std::uint64_t most_whole = 0;
    for (const auto& [tenant, bytes] : held) {
      const auto cut = verdict.keeps.find(tenant);
      const auto keeps = cut == verdict.keeps.end()
                           ? bytes
                           : static_cast<std::uint64_t>(
                             cut->second * static_cast<double>(bytes));
      kept += keeps;
      if (cut == verdict.keeps.end()) {
        most_whole = std::max(most_whole, bytes);
      } else {
        least_cut = std::min(least_cut, keeps);
      }
    }
    const auto excess = resident - (900_MiB).value();
    ASSERT_LE(kept, total - std::min(total, excess) + held.size());
    if (least_cut != UINT64_MAX) {
      // Nobody who keeps all holds more than who was cut may keep.
      ASSERT_LE(most_whole, least_cut + 1);
    }
  }
}

} // namespace
} // namespace pgmuster
