// What a budget has no room for adds up in `other`, and nothing of it is lost.
#include "routing/cardinality.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <iterator>
#include <string>

namespace pgmuster {
namespace {

using values = std::vector<std::int64_t>;

std::shared_ptr<const block_layout> layout_of(std::size_t count) {
  auto made = std::make_shared<block_layout>();
  made->probe = "statements";
  made->keys.assign(std::begin(entry_series_keys), std::end(entry_series_keys));
  made->metrics.push_back({"calls", "{call}", {}, instrument::counter, false});
  made->columns.assign(count, {0, {}});
  return made;
}

entry_delta moved(const std::string& series, values deltas) {
  entry_delta made;
  made.key = series;
  made.deltas = std::move(deltas);
  made.series = series;
  made.values_of_keys = {"shop", "me", "true", series};
  return made;
}

/// Feeds cycles on a grid of times.
struct bench {
  explicit bench(std::size_t columns) : layout(layout_of(columns)) {}

  accumulation_outcome cycle(std::vector<entry_delta> entries) {
    entry_block read;
    read.layout = layout;
    read.database = "shop";
    read.moved = std::move(entries);
    read.previous = previous;
    read.entries = read.moved.size();
    now += seconds{10};
    auto outcome = family.absorb(read, limits, now, 42);
    previous = now;
    return outcome;
  }

  std::shared_ptr<const block_layout> layout;
  cardinality_limits limits{.kept_max = 3};
  accumulated_family family;
  wall_time previous{};
  wall_time now{seconds{1'700'000'000}};
};

std::vector<point_row> rows_of(const accumulation_outcome& outcome,
                               const std::string& series) {
  std::vector<point_row> found;
  std::copy_if(outcome.block.rows.begin(), outcome.block.rows.end(),
               std::back_inserter(found), [&](const point_row& row) {
                 return row.values_of_keys.at(entry_fingerprint_key) == series;
               });
  return found;
}

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
  it.layout = layout_of(3);
  it.cycle({});
  EXPECT_EQ(budget->taken(), 0U);
}

} // namespace
} // namespace pgmuster
