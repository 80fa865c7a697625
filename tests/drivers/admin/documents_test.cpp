// The API's documents: order, units in keys, null for what is not known.
#include "drivers/admin/ledger_document.hpp"
#include "drivers/admin/status_board.hpp"
#include "drivers/admin/status_page.hpp"

#include <boost/json/parse.hpp>
#include <gtest/gtest.h>

#include <limits>
#include <string>
#include <vector>

namespace pgmuster {
namespace {

constexpr wall_time noon{seconds{1'709'208'000}};

std::shared_ptr<target_status> status(const char* tenant, const char* target) {
  auto made = std::make_shared<target_status>();
  made->tenant = tenant_id{tenant};
  made->target = target_name{target};
  return made;
}

TEST(status_board, lists_by_tenant_then_target_and_forgets_the_removed) {
  status_board board;
  board.publish(status("b", "a"));
  board.publish(status("a", "z"));
  board.publish(status("a", "b"));
  board.publish(status("a", "b"));
  board.publish(nullptr);
  board.remove(tenant_id{"b"}, target_name{"a"});
  const auto all = board.all();
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[0]->target.value(), "b");
  EXPECT_EQ(all[1]->target.value(), "z");
}

TEST(targets_json, says_what_is_known_and_null_for_the_rest) {
  status_board board;
  auto one = status("acme", "orders");
  one->state = "up";
  one->state_since = noon;
  one->version = "15.20";
  one->transactions_per_second = 12.5;
  one->cache_hit = std::numeric_limits<double>::quiet_NaN();
  one->lag_bytes = 0;
  one->last_cycle = noon + milliseconds{1'500};
  one->last_cycle_took = milliseconds{12};
  one->last_cycle_cost = microseconds{5'400};
  one->degraded_probes = {"wal", "bad\xFF"};
  board.publish(one);
  const auto document = boost::json::parse(targets_json(board, noon));
  EXPECT_EQ(document.at("now").as_string(), "2024-02-29T12:00:00.000Z");
  const auto& target = document.at("targets").at(0);
  EXPECT_EQ(target.at("tenant").as_string(), "acme");
  EXPECT_EQ(target.at("state_since").as_string(), "2024-02-29T12:00:00.000Z");
  EXPECT_EQ(target.at("last_cycle").as_string(), "2024-02-29T12:00:01.500Z");
  EXPECT_DOUBLE_EQ(target.at("transactions_per_second").as_double(), 12.5);
  EXPECT_TRUE(target.at("cache_hit_ratio").is_null());
  EXPECT_TRUE(target.at("lag_seconds").is_null());
  EXPECT_TRUE(target.at("sessions").is_null());
  EXPECT_EQ(target.at("lag_bytes").as_int64(), 0);
  EXPECT_EQ(target.at("last_cycle_took_ms").as_int64(), 12);
  EXPECT_EQ(target.at("last_cycle_cost_us").as_int64(), 5'400);
  EXPECT_EQ(target.at("degraded_probes").at(1).as_string(), "bad\uFFFD");
}

TEST(targets_json, of_an_empty_board_is_an_empty_list) {
  EXPECT_EQ(targets_json(status_board{}, noon),
            R"({"now":"2024-02-29T12:00:00.000Z","targets":[]})");
}

TEST(ledger_json, tells_each_book_and_whether_all_balance) {
  ledger_document document;
  document.now = noon;
  tenant_account b{"b", {}, {}};
  b.shaping.observed = 10;
  b.shaping.passed = 9;
  b.shaping.dropped = {{"no_credit", 1}};
  b.shaping.balanced = true;
  b.delivery["main"].acked = 9;
  b.delivery["main"].unchanged = 4;
  b.delivery["main"].balanced = false;
  tenant_account a{"a", {}, {}};
  a.shaping.balanced = true;
  document.tenants = {b, a};
  const auto read = boost::json::parse(ledger_json(document));
  EXPECT_FALSE(read.at("balanced").as_bool());
  EXPECT_EQ(read.at("tenants").at(0).at("tenant").as_string(), "a");
  const auto& second = read.at("tenants").at(1);
  EXPECT_EQ(second.at("shaping").at("dropped").at("no_credit").as_int64(), 1);
  EXPECT_EQ(second.at("delivery").at("main").at("acked").as_int64(), 9);
  EXPECT_EQ(second.at("delivery").at("main").at("unchanged").as_int64(), 4);
  document.tenants[0].delivery["main"].balanced = true;
  EXPECT_TRUE(
    boost::json::parse(ledger_json(document)).at("balanced").as_bool());
}

TEST(status_page, is_one_document_that_loads_nothing_from_elsewhere) {
  const std::string page{status_page()};
  EXPECT_EQ(page.rfind("<!doctype html>", 0), 0U);
  for (const char* foreign :
       {"http://", "https://", "src=", "@import", "url("}) {
    EXPECT_EQ(page.find(foreign), std::string::npos) << foreign;
  }
}

} // namespace
} // namespace pgmuster
