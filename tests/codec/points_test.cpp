// Counting and weighing observations.
#include "codec/points.hpp"

#include <gtest/gtest.h>

namespace pgmuster {
namespace {

TEST(count_points, counts_present_values_only) {
  point_block block;
  EXPECT_EQ(count_points(block), 0U);
  block.rows.resize(2);
  block.rows[0].values = {number::of(std::int64_t{0}), number{},
                          number::of(1.5)};
  block.rows[1].values = {number{}, number{}, number::of(std::int64_t{-1})};
  EXPECT_EQ(count_points(block), 3U);
}

TEST(footprint, grows_with_every_part_that_holds_memory) {
  observation seen;
  std::uint64_t before = footprint(seen);
  EXPECT_GE(before, sizeof(observation));
  const auto grew_by_at_least = [&](std::uint64_t bytes) {
    const std::uint64_t after = footprint(seen);
    EXPECT_GE(after, before + bytes);
    before = after;
  };
  seen.blocks.emplace_back().rows.resize(10);
  grew_by_at_least(10 * sizeof(point_row));
  seen.blocks[0].rows[3].values.resize(100);
  grew_by_at_least(100 * sizeof(number));
  seen.blocks[0].rows[3].values_of_keys = {std::string(1000, 'a')};
  grew_by_at_least(1000 + sizeof(std::string));
  seen.entries.emplace_back().moved.resize(5);
  grew_by_at_least(5 * sizeof(entry_delta));
  seen.entries[0].moved[0].deltas.resize(24);
  grew_by_at_least(24 * sizeof(std::int64_t));
  seen.entries[0].moved[1].key = std::string(64, 'k');
  grew_by_at_least(64);
  seen.texts.push_back({1, "d", "u", std::string(5000, 'q'), true});
  grew_by_at_least(5000);
}

} // namespace
} // namespace pgmuster
