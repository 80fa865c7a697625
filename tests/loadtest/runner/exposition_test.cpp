// Prometheus' text as the collector writes it.
#include "loadtest/runner/exposition.hpp"
#include "loadtest/runner/readings.hpp"

#include <gtest/gtest.h>

namespace pgmuster::loadtest {
namespace {

constexpr const char* page = R"(# HELP late How late.
# TYPE late histogram
late_count{route="a"} 4
late_bucket{route="a",le="0.1"} 2
late_bucket{route="a",le="1"} 3
late_bucket{route="a",le="+Inf"} 4
late_bucket{route="b",le="0.1"} 1
late_bucket{route="b",le="1"} 1
late_bucket{route="b",le="+Inf"} 1
pgmuster_targets{state="up"} 12
pgmuster_targets{state="down"} 3
pgmuster_books_balanced 0
pgmuster_connects_total{outcome="ok"} 1.5e+01
nonsense
)";

TEST(exposition, sums_series_and_buckets) {
  const auto read = read_exposition(page);
  EXPECT_DOUBLE_EQ(read.sum("pgmuster_targets"), 15);
  EXPECT_DOUBLE_EQ(read.one("pgmuster_targets{state=\"up\"}"), 12);
  EXPECT_DOUBLE_EQ(read.sum("nothing"), 0);
  const auto& late = read.histograms.at("late");
  ASSERT_EQ(late.size(), 3U);
  EXPECT_DOUBLE_EQ(late.at(0.1), 3);
  EXPECT_DOUBLE_EQ(late.rbegin()->second, 5);
}

TEST(quantile, interpolates_within_a_bucket) {
  const buckets counts{{0.1, 50}, {1, 100}, {2, 100}};
  EXPECT_DOUBLE_EQ(quantile(counts, 0.25), 0.05);
  EXPECT_DOUBLE_EQ(quantile(counts, 0.5), 0.1);
  EXPECT_DOUBLE_EQ(quantile(counts, 0.75), 0.55);
  EXPECT_DOUBLE_EQ(highest(counts), 1);
  EXPECT_DOUBLE_EQ(quantile({}, 0.5), 0);
  EXPECT_DOUBLE_EQ(quantile({{1, 0}}, 0.5), 0);
}

TEST(quantile, of_what_lies_beyond_is_the_last_bound) {
  const auto read = read_exposition(page);
  EXPECT_DOUBLE_EQ(quantile(read.histograms.at("late"), 0.99), 1);
}

TEST(gained, subtracts_bucket_by_bucket) {
  EXPECT_EQ(gained({{1, 5}}, {{1, 7}, {2, 9}}), (buckets{{1, 2}, {2, 9}}));
}

TEST(collector_of, reads_what_the_judge_needs) {
  const auto read = collector_of(page);
  EXPECT_DOUBLE_EQ(read.targets_up, 12);
  EXPECT_DOUBLE_EQ(read.connects, 15);
  EXPECT_FALSE(read.balanced);
  EXPECT_TRUE(collector_of("").balanced);
}

TEST(sink_of, reads_its_report_and_refuses_another) {
  const auto read = sink_of(
    R"({"points":12,"targets":{"seen":3,"up":2},"faults":{"gap":1},
        "examples":["gap: x"],"age_ms":{"p95":1.5},"first_point_ns":9})");
  ASSERT_TRUE(read);
  EXPECT_EQ(read->points, 12U);
  EXPECT_EQ(read->targets_up, 2U);
  EXPECT_EQ(read->faults.at("gap"), 1U);
  EXPECT_EQ(read->examples, std::vector<std::string>{"gap: x"});
  EXPECT_DOUBLE_EQ(read->age_p95_ms, 1.5);
  EXPECT_EQ(read->first_point_ns, 9);
  EXPECT_FALSE(sink_of("gone"));
}

TEST(simulator_end_of, counts_what_it_did_not_know) {
  const auto read = simulator_end_of(
    R"({"event":"ended","unknown_sql":2,"unknown_examples":["select a","b"]})");
  ASSERT_TRUE(read);
  EXPECT_EQ(read->unknown_sql, 2);
  EXPECT_EQ(read->unknown_example, "select a");
  EXPECT_TRUE(simulator_end_of(R"({"unknown_sql":0,"unknown_examples":[]})"));
  EXPECT_FALSE(simulator_end_of(""));
  EXPECT_FALSE(simulator_end_of("{}"));
}

TEST(read_simulator_words, says_where_it_listens_and_since_when) {
  const auto read = read_simulator_words(
    R"({"event":"listening","addresses":[{"host":"127.0.1.1","port":7001},
        {"host":"127.0.2.1","port":7002,"instance":3}],
        "started_unix_nano":1700000000000000000})");
  ASSERT_TRUE(read);
  ASSERT_EQ(read->places.size(), 2U);
  EXPECT_EQ(read->places[1].address, "127.0.2.1");
  EXPECT_EQ(read->places[1].port, 7002);
  EXPECT_EQ(read->started_unix_nano, 1'700'000'000'000'000'000);
  EXPECT_FALSE(read_simulator_words("{}"));
  EXPECT_FALSE(read_simulator_words("port 7"));
}

} // namespace
} // namespace pgmuster::loadtest
