// Places go by cost, stay for a while, and are never more than bound and
// budget.
#include "routing/ranked_members.hpp"
#include "tests/routing/random_source.hpp"

#include <gtest/gtest.h>

#include <set>

namespace pgmuster {
namespace {

using testing_routing::dice;

std::vector<std::uint64_t>
admitted(const std::vector<ranked_members::change>& made) {
  std::vector<std::uint64_t> found;
  for (const auto& one : made) {
    if (one.admitted) {
      found.push_back(one.hash);
    }
  }
  return found;
}

TEST(ranked_members, the_costliest_come_first_and_among_equals_the_first) {
  ranked_members who;
  const auto made = who.choose({{1, 5}, {2, 7}, {3, 5}, {4, 1}}, {.most = 2});
  EXPECT_EQ(admitted(made), (std::vector<std::uint64_t>{2, 1}));
  EXPECT_TRUE(who.contains(1) && who.contains(2));
}

TEST(ranked_members, a_newcomer_must_be_well_above_the_lowest) {
  ranked_members who;
  const member_limits limits{.most = 1};
  (void)who.choose({{1, 10}}, limits);
  EXPECT_TRUE(who.choose({{2, 15}}, limits).empty());
  const auto made = who.choose({{2, 1}}, limits);
  ASSERT_EQ(made.size(), 2U) << "what it cost before counts, too";
  EXPECT_EQ(made[0].hash, 1U);
  EXPECT_FALSE(made[0].admitted);
  EXPECT_EQ(made[1].hash, 2U);
}

TEST(ranked_members, what_does_nothing_is_forgotten_as_time_passes) {
  ranked_members who;
  const member_limits limits{.most = 1};
  (void)who.choose({{1, 100}}, limits);
  for (int i = 0; i < 50; ++i) {
    who.decay(limits.decay);
  }
  EXPECT_EQ(who.choose({{2, 1}}, limits).size(), 2U);
}

TEST(ranked_members, candidates_are_bounded_and_the_lowest_go) {
  ranked_members who;
  const member_limits limits{.most = 1, .candidates_per_member = 2};
  std::vector<ranked_members::newcomer> crowd;
  for (std::uint64_t i = 1; i <= 100; ++i) {
    crowd.push_back({i, static_cast<double>(i)});
  }
  (void)who.choose(crowd, limits);
  EXPECT_EQ(who.forgotten(), 97U);
  EXPECT_TRUE(who.contains(100));
}

TEST(ranked_members, those_that_are_gone_give_their_places_back) {
  auto budget = std::make_shared<series_budget>(10);
  ranked_members who{budget};
  const member_limits limits{.most = 5, .series_each = 4};
  (void)who.choose({{1, 1}, {2, 1}, {3, 1}}, limits);
  EXPECT_EQ(who.size(), 2U);
  EXPECT_EQ(who.over_budget(), 1U);
  EXPECT_EQ(who.without({2}), std::vector<std::uint64_t>{1});
  who.remove(1, limits);
  who.remove(99, limits);
  EXPECT_EQ(budget->taken(), 4U);
  who.clear();
  EXPECT_EQ(budget->taken(), 0U);
}

TEST(ranked_members, changes_told_are_the_changes_made) {
  dice random;
  auto budget = std::make_shared<series_budget>(40);
  ranked_members who{budget};
  std::set<std::uint64_t> known;
  for (int i = 0; i < 3'000; ++i) {
    const member_limits limits{.most = 4 + random.upto(8), .series_each = 5};
    who.decay(limits.decay);
    std::vector<ranked_members::newcomer> seen;
    for (std::uint64_t hash = 1; hash <= 40; ++hash) {
      if (random.one_in(3) && !who.add(hash, random.share())) {
        seen.push_back({hash, random.share() * 10});
      }
    }
    for (const auto& one : who.choose(seen, limits)) {
      ASSERT_EQ(known.contains(one.hash), !one.admitted);
      one.admitted ? void(known.insert(one.hash)) : void(known.erase(one.hash));
    }
    ASSERT_EQ(who.size(), known.size());
    ASSERT_LE(who.size(), limits.most);
    ASSERT_EQ(budget->taken(), 5 * known.size());
    for (std::uint64_t hash = 1; hash <= 40; ++hash) {
      ASSERT_EQ(who.contains(hash), known.contains(hash));
    }
  }
}

} // namespace
} // namespace pgmuster
