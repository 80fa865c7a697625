// What a budget has no room for adds up in `other`, and nothing of it is lost.
#include "tests/routing/cardinality_case.hpp"

#include <gtest/gtest.h>

namespace pgmuster {
namespace {

using bench = testing_routing::cardinality_bench;
using testing_routing::moved;
using testing_routing::rows_of;

TEST(cardinality_budget, what_the_budget_has_no_room_for_adds_up_in_other) {
  auto budget = std::make_shared<series_budget>(5);
  bench first{2};
  bench second{2};
  first.family = accumulated_family{budget};
  second.family = accumulated_family{budget};
  first.cycle({moved("a", {1, 1}), moved("b", {2, 2}), moved("c", {3, 3})});
  EXPECT_EQ(first.family.kept(), 2U);
  EXPECT_EQ(first.family.over_budget(), 1U);
  EXPECT_EQ(budget->taken(), 4U);
  second.cycle({});
  second.cycle({moved("d", {100, 100})});
  EXPECT_EQ(second.family.kept(), 0U);
  const auto folded = second.cycle({moved("d", {7, 7})});
  EXPECT_EQ(folded.violations, 0U);
  EXPECT_EQ(rows_of(folded, "other").back().values[0].integer, 107);
  // Within its own, a family still changes who has the places.
  first.cycle({moved("e", {100, 100})});
  EXPECT_EQ(first.family.kept(), 2U);
  EXPECT_EQ(rows_of(first.cycle({moved("e", {1, 1})}), "e").size(), 1U);
  EXPECT_EQ(budget->taken(), 4U);
  first.family = accumulated_family{budget};
  EXPECT_EQ(budget->taken(), 0U);
  second.cycle({moved("d", {7, 7})});
  EXPECT_EQ(second.family.kept(), 1U);
}

TEST(cardinality_budget, other_columns_than_before_give_their_budget_back) {
  auto budget = std::make_shared<series_budget>(100);
  bench it{2};
  it.family = accumulated_family{budget};
  it.cycle({moved("a", {1, 1}), moved("b", {1, 1})});
  EXPECT_EQ(budget->taken(), 4U);
  it.layout = testing_routing::layout_of(3);
  it.cycle({});
  EXPECT_EQ(budget->taken(), 0U);
}

} // namespace
} // namespace pgmuster
