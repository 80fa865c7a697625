// The blocks that the collector makes of itself.
#include "actors/cycle_harvest.hpp"
#include "tests/codec/catalog/probe_rows.hpp"

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

TEST(turned_away_block, rows_beyond_a_limit_are_told_by_probe_and_database) {
  const auto block =
    turned_away_block({{"tables", 7}, {"indexes", 9}}, "shop", wall_time{});
  EXPECT_EQ(block.layout->metrics.at(0).name,
            "pgmuster.probe.rows_turned_away");
  ASSERT_EQ(block.rows.size(), 2U);
  EXPECT_EQ(block.rows[1].values_of_keys,
            (std::vector<std::string>{"tables", "shop"}));
  EXPECT_EQ(block.rows[1].values.at(0).integer, 7);
}

using testing_catalog::probe;
using testing_catalog::rows;
using testing_catalog::whole;

TEST(cycle_harvest, entries_wait_for_a_cycle_that_knows_whose_they_are) {
  const auto identity = probe(R"(-- probe: identity
-- summary: s
-- family: internal
SELECT
  a -- field system_identifier
, b -- field postmaster_start
FROM t
)");
  const auto entries = probe(R"(-- probe: p
-- summary: s
-- family: accumulated
-- rank: x.c
SELECT
  a -- key queryid
, c -- counter x.c {call} : c
FROM t
)");
  harvest_memory memory;
  auto who = std::make_shared<target_identity>();
  who->described = std::make_shared<const resource>();
  const auto cycle = [&](bool identified, std::int64_t calls) {
    cycle_harvest one{who, &identity, memory, wall_time{seconds{calls}}};
    if (identified) {
      one.absorb(identity, rows(2, {whole(1), whole(2)}), {});
    }
    one.absorb(entries, rows(2, {whole(7), whole(calls)}), {});
    return one.finish();
  };
  cycle(true, 5);
  EXPECT_TRUE(cycle(false, 8)->entries.empty());
  const auto seen = cycle(true, 9);
  ASSERT_EQ(seen->entries.size(), 1U);
  ASSERT_EQ(seen->entries[0].moved.size(), 1U);
  EXPECT_EQ(seen->entries[0].moved[0].deltas, std::vector<std::int64_t>{4});
  EXPECT_EQ(seen->points, 1U);
}

} // namespace
} // namespace pgmuster
