// Scenarios are read strictly, and those that are delivered are valid.
#include "loadtest/runner/collector_document.hpp"
#include "loadtest/runner/machine.hpp"
#include "loadtest/runner/scenario.hpp"

#include <boost/json.hpp>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>

namespace pgmuster::loadtest {
namespace {

scenario read(std::string_view text) {
  auto made = read_scenario(text);
  EXPECT_TRUE(made) << describe(made.error());
  return made ? *made : scenario{};
}

TEST(read_scenario, reads_bounds_over_the_usual_ones) {
  const auto made = read(R"({"name":"x","pass":{"late_p99_s":{"max":5},
    "points_dropped":null,"points_per_s":{"min":10,"max":20}}})");
  EXPECT_EQ(made.pass.at("late_p99_s").most, 5);
  EXPECT_FALSE(made.pass.contains("points_dropped"));
  EXPECT_EQ(made.pass.at("points_per_s").least, 10);
  EXPECT_EQ(made.pass.at("points_per_s").most, 20);
  EXPECT_EQ(made.pass.at("points_lost").most, 0);
}

TEST(read_scenario, names_the_place_of_what_is_wrong) {
  for (const auto& [text, words] :
       {std::pair{R"({})", "/name"},
        {R"({"name":"x","fleet":{"targets":0}})", "/fleet/targets"},
        {R"({"name":"x","fleet":{"size":5}})", "size"},
        {R"({"name":"x","measure":"long"})", "/measure"},
        {R"({"name":"x","pins":{"collector":["a"]}})", "/pins/collector"},
        {R"({"name":"x","pass":{"points_lots":{"max":0}}})", "points_lots"},
        {R"({"name":"x","pass":{"points_lost":{"most":0}}})", "points_lost"},
        {R"({"name":"x","wrong":1})", "wrong"},
        {R"({"name":"x",)", ""}}) {
    const auto made = read_scenario(text);
    ASSERT_FALSE(made) << text;
    EXPECT_NE(describe(made.error()).find(words), std::string::npos)
      << describe(made.error());
  }
}

TEST(read_scenario, asks_for_no_probe_errors_unless_a_fault_is_planned) {
  const auto asked = [](const std::string& more) {
    return read(R"({"name":"x",)" + more + "}").pass.count("probe_errors");
  };
  EXPECT_EQ(asked(R"("seed":1)"), 1U);
  EXPECT_EQ(asked(R"("simulator":{"faults":[]})"), 1U);
  EXPECT_EQ(asked(R"("simulator":{"faults":[{"kind":"statistics_reset"}]})"),
            1U);
  const std::string restart =
    R"("simulator":{"faults":[{"kind":"eviction"},{"kind":"restart"}]})";
  EXPECT_EQ(asked(restart), 0U);
  EXPECT_EQ(asked(restart + R"(,"pass":{"probe_errors":{"max":9}})"), 1U);
  EXPECT_EQ(asked(R"("pass":{"probe_errors":null})"), 0U);
}

TEST(scenarios, that_are_delivered_are_valid_and_say_what_they_need) {
  std::set<std::string> names;
  for (const auto& file :
       std::filesystem::directory_iterator{PGMUSTER_SCENARIOS}) {
    std::ifstream from{file.path()};
    const std::string text{std::istreambuf_iterator<char>{from}, {}};
    const auto made = read_scenario(text);
    ASSERT_TRUE(made) << file.path() << ": " << describe(made.error());
    EXPECT_EQ(made->name, file.path().stem());
    EXPECT_FALSE(made->about.empty());
    // Each target holds a session, and the process needs some for itself.
    EXPECT_GE(made->needs.descriptors, descriptors_needed(made->fleet))
      << made->name;
    names.insert(made->name);
  }
  EXPECT_TRUE(names.contains("smoke"));
}

TEST(scenarios, everything_10000_asks_every_probe_each_ten_seconds) {
  std::ifstream from{PGMUSTER_SCENARIOS "/everything_10000.json"};
  const auto what = read(std::string{std::istreambuf_iterator<char>{from}, {}});
  const auto& intervals = what.collector.at("intervals").as_object();
  for (const auto& [name, value] : intervals) {
    EXPECT_EQ(value, "10s") << name;
  }
  std::size_t own = 0;
  for (const auto& file :
       std::filesystem::directory_iterator{PGMUSTER_CATALOG}) {
    std::ifstream probe{file.path()};
    const std::string text{std::istreambuf_iterator<char>{probe}, {}};
    // A length of its own, not a class's name.
    const auto at = text.find("-- interval: ");
    if (at != std::string::npos && std::isdigit(text[at + 13]) != 0) {
      ++own;
      EXPECT_TRUE(intervals.contains(file.path().stem().string()))
        << file.path();
    }
  }
  EXPECT_GT(own, 0U);
}

TEST(read_scenario, tells_all_that_is_wrong_at_once) {
  const auto made = read_scenario(R"({"name":"x","wrong":1,
    "fleet":{"targets":0,"size":5},"pins":{"sink":["a"],"source":[1]},
    "pass":{"points_lots":{"max":0},"points_lost":{"most":0}}})");
  ASSERT_FALSE(made);
  const auto words = describe(made.error());
  for (const char* one :
       {"unknown key \"wrong\"", "/fleet/targets: expected a whole number",
        "/fleet: unknown key \"size\"", "/pins/sink: expected a list of CPUs",
        "/pins: unknown key \"source\"",
        "/pass/points_lots: there is no such figure",
        "/pass/points_lost: unknown key \"most\""}) {
    EXPECT_NE(words.find(one), std::string::npos) << one << " in\n" << words;
  }
}

TEST(descriptors_needed, follow_from_the_fleet) {
  EXPECT_EQ(descriptors_needed({10'000, 40, 1, false}), 12'000U);
  EXPECT_EQ(descriptors_needed({1'000, 8, 1, false}), 2'000U);
  EXPECT_EQ(descriptors_needed({2'000, 8, 200, false}), 6'000U);
  EXPECT_EQ(descriptors_needed({1, 1, 1, false}), 256U);
}

TEST(absent_pins, name_the_part_and_the_cpu) {
  machine here;
  here.cpus = {0, 1};
  EXPECT_TRUE(absent_pins({{"sink", {0, 1}}}, here).empty());
  const auto words = absent_pins({{"collector", {0}}, {"sink", {1, 7}}}, here);
  ASSERT_EQ(words.size(), 1U);
  EXPECT_EQ(words[0], "the sink is pinned to CPU 7, which is not usable here");
}

TEST(collector_document, spreads_targets_over_tenants_and_servers) {
  auto what = read(R"({"name":"x","fleet":{"targets":5,"tenants":2},
    "collector":{"intervals":{"default":"5s"},
                 "routes":{"sink":{"shards":4}}}})");
  const auto made = collector_document(what, {{"a", "b"}, 4318, 9432});
  const auto& tenants = made.at("tenants").as_array();
  ASSERT_EQ(tenants.size(), 2U);
  EXPECT_EQ(tenants[0].at("targets").as_array().size(), 3U);
  EXPECT_EQ(tenants[1].at("targets").at(0).at("name"), "s-00001");
  EXPECT_EQ(tenants[1].at("targets").at(0).at("dsn"), "b");
  EXPECT_EQ(made.at("routes").at("sink").at("shards"), 4);
  EXPECT_EQ(made.at("routes").at("sink").at("otlp"), "http://127.0.0.1:4318");
  EXPECT_EQ(cadence_of(what).instance, seconds{5});
  EXPECT_EQ(cadence_of(what).database, seconds{60});
}

TEST(simulated_dsn, names_the_instance_by_its_user) {
  const std::vector<simulator_place> places{{"127.0.1.1", 7001},
                                            {"127.0.2.1", 7002}};
  EXPECT_EQ(simulated_dsn({}, 42, places),
            "host=127.0.1.1 port=7001 user=sim00042 dbname=app "
            "password=simulated sslmode=disable");
  EXPECT_NE(simulated_dsn({1, 1, 1, true}, 43, places)
              .find("port=7002 user=sim00043 dbname=app password=simulated "
                    "sslmode=require"),
            std::string::npos);
}

TEST(simulator_document, completes_the_section_of_the_scenario) {
  const auto what = read(R"({"name":"x","seed":9,"fleet":{"targets":10000},
    "simulator":{"size":"usual","faults":[]}})");
  const auto made =
    simulator_document(what, "", "").at("simulator").as_object();
  EXPECT_EQ(made.at("seed"), 9);
  EXPECT_EQ(made.at("instances"), 10000);
  EXPECT_EQ(made.at("listen").as_array().size(), 3U);
  EXPECT_EQ(made.at("listen").at(0), "127.0.1.1:0");
  EXPECT_EQ(made.at("size"), "usual");
  EXPECT_FALSE(made.contains("tls"));
  const auto safe = simulator_document(what, "c.pem", "k.pem");
  EXPECT_EQ(safe.at("simulator").at("tls").at("key"), "k.pem");
}

TEST(sink_document, allows_the_silence_that_the_intervals_mean) {
  const auto made = sink_document(read(R"({"name":"x","collector":
    {"intervals":{"default":"10s","database":"60s"}},"sink":{"rules":[]}})"));
  EXPECT_EQ(made.at("silence").at("pgmuster.up"), "25s");
  EXPECT_EQ(made.at("sum_silence"), "390s");
  EXPECT_TRUE(made.contains("rules"));
}

TEST(put_truth, compares_a_hundred_targets_unless_told_otherwise) {
  auto what = read(R"({"name":"x","fleet":{"targets":1000}})");
  auto made = sink_document(what);
  put_truth(made, what, "sim.json", 5);
  EXPECT_EQ(made.at("truth").at("scenario"), "sim.json");
  EXPECT_EQ(made.at("truth").at("started_unix_nano"), 5);
  EXPECT_EQ(made.at("truth").at("share"), 0.1);
  what = read(R"({"name":"x","sink":{"truth":{"share":0.5}}})");
  made = sink_document(what);
  put_truth(made, what, "sim.json", 5);
  EXPECT_EQ(made.at("truth").at("share"), 0.5);
  EXPECT_EQ(made.at("truth").at("scenario"), "sim.json");
}

TEST(shortfalls, are_sentences_with_both_numbers) {
  machine here;
  here.cores = 2;
  here.memory_available_mib = 4'000;
  here.descriptors_hard = 20'000;
  EXPECT_TRUE(shortfalls({20'000, 2, 4'000}, here).empty());
  const auto words = shortfalls({30'000, 4, 8'000}, here);
  ASSERT_EQ(words.size(), 3U);
  EXPECT_NE(words[0].find("20000 descriptors"), std::string::npos);
  EXPECT_NE(words[0].find("30000 are needed"), std::string::npos);
}

} // namespace
} // namespace pgmuster::loadtest
