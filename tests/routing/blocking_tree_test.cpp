// Who is at the root of waits, who is below, and how far.
#include "routing/blocking_tree.hpp"
#include "tests/routing/random_source.hpp"

#include <gtest/gtest.h>

#include <set>

namespace pgmuster {
namespace {

seen_session waiting(std::int64_t id, std::vector<std::int64_t> by) {
  seen_session one;
  one.id = id;
  one.blocked_by = std::move(by);
  return one;
}

TEST(blocking_tree, nobody_waits) {
  const std::vector<seen_session> all{waiting(1, {}), waiting(2, {})};
  const auto tree = blocking_tree_of(all);
  EXPECT_TRUE(tree.roots.empty());
  EXPECT_EQ(tree.waiters, 0U);
  EXPECT_EQ(tree.depth, 0U);
}

TEST(blocking_tree, a_chain_has_one_root_and_a_depth) {
  const std::vector<seen_session> all{waiting(3, {2}), waiting(1, {}),
                                      waiting(2, {1})};
  const auto tree = blocking_tree_of(all);
  ASSERT_EQ(tree.roots.size(), 1U);
  EXPECT_EQ(tree.roots[0].id, 1);
  EXPECT_EQ(tree.roots[0].waiters, 2U);
  EXPECT_EQ(tree.roots[0].depth, 2U);
  EXPECT_EQ(tree.roots[0].below, (std::vector<std::size_t>{2, 0}));
}

TEST(blocking_tree, a_root_need_not_be_among_the_sessions) {
  const std::vector<seen_session> all{waiting(2, {77}), waiting(3, {77, 2})};
  const auto tree = blocking_tree_of(all);
  ASSERT_EQ(tree.roots.size(), 1U);
  EXPECT_EQ(tree.roots[0].id, 77);
  EXPECT_EQ(tree.roots[0].waiters, 2U);
  EXPECT_EQ(tree.depth, 1U);
}

TEST(blocking_tree, a_waiter_of_two_roots_counts_for_both) {
  const std::vector<seen_session> all{waiting(5, {1, 2}), waiting(6, {2})};
  const auto tree = blocking_tree_of(all);
  ASSERT_EQ(tree.roots.size(), 2U);
  EXPECT_EQ(tree.roots[0].id, 2);
  EXPECT_EQ(tree.roots[0].waiters, 2U);
  EXPECT_EQ(tree.roots[1].waiters, 1U);
  EXPECT_EQ(tree.waiters, 2U);
}

TEST(blocking_tree, a_circle_has_its_smallest_for_a_root) {
  const std::vector<seen_session> all{waiting(3, {5}), waiting(5, {6}),
                                      waiting(6, {5}), waiting(9, {9})};
  const auto tree = blocking_tree_of(all);
  ASSERT_EQ(tree.roots.size(), 2U);
  EXPECT_EQ(tree.roots[0].id, 5);
  EXPECT_EQ(tree.roots[0].waiters, 2U);
  EXPECT_EQ(tree.roots[1].id, 9);
  EXPECT_EQ(tree.roots[1].waiters, 0U);
}

TEST(blocking_tree, of_many_roots_those_with_most_waiters_are_followed) {
  std::vector<seen_session> all;
  for (std::int64_t at = 0; at < 100; ++at) {
    for (std::int64_t one = 0; one <= at % 10; ++one) {
      all.push_back(waiting(1'000 + at * 20 + one, {at + 1}));
    }
  }
  const auto tree = blocking_tree_of(all);
  EXPECT_EQ(tree.roots_found, 100U);
  ASSERT_EQ(tree.roots.size(), blocking_roots_max);
  EXPECT_EQ(tree.roots.front().waiters, 10U);
  EXPECT_GE(tree.roots.back().waiters, 7U);
}

/// Every waiter is below some root, and none below more than there are.
TEST(blocking_tree, whatever_waits_for_whom_every_waiter_has_a_root) {
  testing_routing::dice chance;
  for (int round = 0; round < 2'000; ++round) {
    std::vector<seen_session> all;
    const auto count = 1 + chance.upto(9);
    for (std::uint64_t id = 1; id <= count; ++id) {
      std::vector<std::int64_t> by;
      while (chance.one_in(2)) {
        by.push_back(1 + static_cast<std::int64_t>(chance.upto(count + 1)));
      }
      all.push_back(waiting(static_cast<std::int64_t>(id), std::move(by)));
    }
    const auto tree = blocking_tree_of(all);
    std::set<std::int64_t> covered;
    for (const auto& root : tree.roots) {
      covered.insert(root.id);
      EXPECT_LE(root.depth, root.waiters);
      for (const auto at : root.below) {
        covered.insert(all[at].id);
      }
    }
    for (const auto& one : all) {
      EXPECT_TRUE(one.blocked_by.empty() || covered.contains(one.id));
    }
  }
}

} // namespace
} // namespace pgmuster
