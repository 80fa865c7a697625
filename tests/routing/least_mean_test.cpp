// A statement whose mean is below the bound is folded into `other`, never
// dropped, and never begins a series.
#include "tests/routing/cardinality_case.hpp"

#include <gtest/gtest.h>

#include <map>

namespace pgmuster {
namespace {

using testing_routing::layout_of;
using testing_routing::moved;

TEST(accumulated_family, what_is_below_the_least_mean_is_folded_not_dropped) {
  cardinality_limits limits;
  limits.mean_min = 100;
  accumulated_family family;
  entry_block read;
  // One column of time and one of calls.
  read.layout = layout_of(2);
  read.database = "shop";
  read.counted_by = 1;
  // 90 each, 100 each, and two entries of one series that are 100 together.
  read.moved = {moved("small", {900, 10}), moved("large", {1'000, 10}),
                moved("both", {1'500, 10}), moved("both", {500, 10})};
  read.entries = read.moved.size();
  std::map<std::string, std::int64_t> told;
  wall_time now{seconds{1'700'000'000}};
  for (int cycle = 0; cycle < 3; ++cycle) {
    read.previous = cycle == 0 ? wall_time{} : now;
    now += seconds{10};
    const auto outcome = family.absorb(read, limits, now, 42);
    EXPECT_EQ(outcome.violations, 0U);
    for (const auto& row : outcome.block.rows) {
      if (row.values[0].present()) {
        told[row.values_of_keys.at(entry_fingerprint_key)] =
          row.values[0].integer;
      }
    }
  }
  EXPECT_EQ(family.kept(), 2U);
  EXPECT_EQ(told.count("small"), 0U);
  EXPECT_EQ(told.at("large"), 2'000);
  EXPECT_EQ(told.at("both"), 4'000);
  // All of the first cycle, and the small one of the others.
  EXPECT_EQ(told.at("other"), 3'900 + 900 + 900);
}

} // namespace
} // namespace pgmuster
