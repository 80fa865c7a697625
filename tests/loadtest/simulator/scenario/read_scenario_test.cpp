// A scenario's section `simulator`: what it says, and what is wrong with it.
#include "loadtest/simulator/scenario/simulator_scenario.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>

namespace pgmuster::loadtest {
namespace {

std::string problems_of(std::string_view section) {
  const auto read =
    read_scenario(R"({"simulator": )" + std::string{section} + "}", "/etc");
  return read ? "" : read.error().context;
}

TEST(read_scenario_test, all_keys_are_read) {
  const auto read = read_scenario(R"({
    "name": "somebody else's", // a comment
    "simulator": {
      "seed": 7, "instances": 100, "size": "usual", "user_prefix": "db",
      "versions": [13, 18], "password": "secret", "sessions_max": 500,
      "reactor": "epoll", "tls": {"certificate": "a.crt", "key": "/b.key"},
      "listen": ["127.0.0.1:0", "127.0.3.4:5432=99"],
      "faults": [
        {"kind": "slow", "instances": ["0-9", 20], "from": "10s", "to": "1m",
         "by": "250ms", "chance": 0.5, "share": 0.1},
        {"kind": "hang", "at": "within_row", "stagger": "1s"},
        {"kind": "restart", "instances": 3, "to": "5s", "crash": true}
      ]}})",
                                  "/etc");
  ASSERT_TRUE(read) << read.error().context;
  EXPECT_EQ(read->seed, 7U);
  EXPECT_EQ(read->instances, 100U);
  EXPECT_EQ(read->size, "usual");
  EXPECT_EQ(read->versions, (std::vector{13, 18}));
  EXPECT_EQ(read->password.reveal(), "secret");
  EXPECT_EQ(read->sessions_max, 500U);
  EXPECT_EQ(read->reactor, reactor_choice::epoll);
  EXPECT_EQ(read->tls->certificate, "/etc/a.crt");
  EXPECT_EQ(read->tls->key, "/b.key");
  ASSERT_EQ(read->listen.size(), 2U);
  EXPECT_EQ(read->listen[0].instance, std::nullopt);
  EXPECT_EQ(read->listen[1].address, "127.0.3.4");
  EXPECT_EQ(read->listen[1].port, 5'432);
  EXPECT_EQ(read->listen[1].instance, 99U);
  ASSERT_EQ(read->faults.size(), 3U);
  const auto& slow = read->faults[0];
  EXPECT_EQ(slow.is, fault_kind::slow);
  ASSERT_EQ(slow.instances.size(), 2U);
  EXPECT_EQ(slow.instances[0].last, 9U);
  EXPECT_EQ(slow.instances[1].first, 20U);
  EXPECT_EQ(slow.from, seconds{10});
  EXPECT_EQ(slow.to, seconds{60});
  EXPECT_EQ(slow.by, milliseconds{250});
  EXPECT_EQ(read->faults[1].place, fault_place::within_row);
  EXPECT_EQ(read->faults[1].to, forever);
  EXPECT_TRUE(read->faults[2].abrupt);
}

TEST(read_scenario_test, defaults_are_one_trusting_instance) {
  const auto read = read_scenario(R"({"simulator": {}})", "");
  ASSERT_TRUE(read);
  EXPECT_EQ(read->instances, 1U);
  EXPECT_TRUE(read->password.empty());
  EXPECT_FALSE(read->tls);
}

TEST(read_scenario_test, all_problems_are_told_at_once) {
  const auto words = problems_of(R"({
    "instances": 0, "seed": "x", "sice": 1, "versions": [12],
    "listen": ["0.0.0.0:1"], "faults": [{"kind": "slo"}, {"kind": "slow"},
    {"kind": "refuse", "by": "1s"}, {"kind": "slow", "by": "1"}]})");
  for (const auto* const pointer :
       {"/simulator/instances:", "/simulator/seed:", "/simulator/sice: unknown",
        "/simulator/versions:", "/simulator/listen/0:",
        "/simulator/faults/0/kind:", "/simulator/faults/1/by:",
        "/simulator/faults/2/by: unknown", "/simulator/faults/3/by:"}) {
    EXPECT_NE(words.find(pointer), std::string::npos) << pointer << "\n"
                                                      << words;
  }
}

TEST(read_scenario_test, each_value_has_its_bounds) {
  EXPECT_NE(problems_of(R"({"instances": 5, "faults": [
    {"kind": "refuse", "instances": "3-5"}]})"),
            "");
  EXPECT_EQ(problems_of(R"({"instances": 5, "faults": [
    {"kind": "refuse", "instances": "3-4"}]})"),
            "");
  for (const auto* const bad :
       {R"({"faults": [{"kind": "refuse", "chance": 1.5}]})",
        R"({"faults": [{"kind": "refuse", "from": "2s", "to": "1s"}]})",
        R"({"faults": [{"kind": "refuse", "instances": "4-3"}]})",
        R"({"faults": [{"kind": "refuse", "instances": []}]})",
        R"({"faults": [{"kind": "restart"}]})",
        R"({"faults": [{"kind": "eviction", "amount": 101}]})",
        R"({"faults": [{"kind": "reset", "at": "within_row"}]})",
        R"({"faults": [7]})", R"({"faults": {}})", R"({"listen": []})",
        R"({"listen": ["127.0.0.1"]})", R"({"listen": ["127.0.0.1:0=1"]})",
        R"({"versions": 16})", R"({"tls": {"certificate": "a"}})",
        R"({"reactor": "kqueue"})", "[]", "7"}) {
    EXPECT_NE(problems_of(bad), "") << bad;
  }
}

TEST(read_scenario_test, what_is_no_scenario_is_told_so) {
  EXPECT_FALSE(read_scenario("{", ""));
  EXPECT_FALSE(read_scenario("{}", ""));
  EXPECT_FALSE(read_scenario("[]", ""));
  EXPECT_FALSE(read_scenario(std::string(scenario_bytes_max + 1, ' '), ""));
}

TEST(read_scenario_test, scenarios_of_the_house_are_understood) {
  namespace json = boost::json;
  json::parse_options options;
  options.allow_comments = true;
  int read = 0;
  for (const auto& file :
       std::filesystem::directory_iterator{PGMUSTER_SCENARIOS}) {
    std::ifstream text{file.path()};
    const std::string all{std::istreambuf_iterator<char>{text}, {}};
    auto document = json::parse(all, {}, options);
    // As pgmuster-load completes it.
    auto& section = document.at("simulator").as_object();
    section["instances"] = document.at("fleet").at("targets");
    const auto understood = read_scenario(json::serialize(document), "");
    EXPECT_TRUE(understood)
      << file.path() << ": " << (understood ? "" : understood.error().context);
    ++read;
  }
  EXPECT_GT(read, 5);
}

TEST(read_scenario_test, a_users_name_means_an_instance) {
  simulator_scenario scenario;
  scenario.instances = 100;
  EXPECT_EQ(user_of(42, scenario), "sim00042");
  EXPECT_EQ(instance_named("sim00042", scenario), 42U);
  EXPECT_EQ(instance_named("sim42", scenario), 42U);
  EXPECT_EQ(instance_named("sim00100", scenario), std::nullopt);
  EXPECT_EQ(instance_named("sim", scenario), std::nullopt);
  EXPECT_EQ(instance_named("sim4x", scenario), std::nullopt);
  EXPECT_EQ(instance_named("postgres", scenario), std::nullopt);
}

} // namespace
} // namespace pgmuster::loadtest
