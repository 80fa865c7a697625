// The blocks that the collector makes of itself.
#include "actors/cycle_harvest.hpp"

#include <gtest/gtest.h>

namespace pgmuster {
namespace {

negotiated_probe probe_without(const std::string& name,
                               std::vector<std::string> left_out) {
  auto definition = std::make_shared<probe_definition>();
  definition->name = name;
  negotiated_probe made;
  made.definition = std::move(definition);
  made.left_out = std::move(left_out);
  return made;
}

TEST(degraded_block, a_probe_that_lost_lines_tells_how_many) {
  const auto whole = probe_without("wal", {});
  const auto poor = probe_without("database", {"s.sessions", "s.active_time"});
  const auto block = degraded_block({&whole, &poor}, wall_time{seconds{9}});
  ASSERT_EQ(block.layout->metrics.size(), 1U);
  EXPECT_EQ(block.layout->metrics[0].name, "pgmuster.probe.degraded");
  EXPECT_EQ(block.layout->metrics[0].unit, "{line}");
  EXPECT_EQ(block.layout->keys, std::vector<std::string>{"pgmuster.probe"});
  ASSERT_EQ(block.rows.size(), 1U);
  EXPECT_EQ(block.rows[0].values_of_keys, std::vector<std::string>{"database"});
  EXPECT_EQ(block.rows[0].values.at(0).integer, 2);
  EXPECT_EQ(block.rows[0].time, wall_time{seconds{9}});
}

} // namespace
} // namespace pgmuster
