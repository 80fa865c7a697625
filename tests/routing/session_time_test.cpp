// Each session seen counts the time since the sample before: no more, and
// nothing that nobody saw.
#include "routing/session_time.hpp"

#include <gtest/gtest.h>

namespace pgmuster {
namespace {

constexpr wall_time t0{seconds{1'700'000'000}};
constexpr milliseconds interval{10'000};

std::shared_ptr<const block_layout> layout() {
  auto made = std::make_shared<block_layout>();
  made->probe = "session_samples";
  made->metrics.push_back(
    {"postgresql.session.time", "us", "", instrument::counter, false});
  made->columns.push_back({0, {}});
  made->keys = {"db.namespace", "user.name", "postgresql.query.fingerprint"};
  return made;
}

seen_sessions seen_in(std::vector<std::string> databases) {
  seen_sessions seen;
  for (auto& database : databases) {
    seen_session one;
    one.id = static_cast<std::int64_t>(seen.all.size()) + 1;
    one.series = {database, "alice"};
    one.database = std::move(database);
    seen.all.push_back(std::move(one));
  }
  return seen;
}

class session_time_test : public ::testing::Test {
protected:
  std::vector<entry_block> sample(std::vector<std::string> databases,
                                  wall_time now) {
    return time_.count(seen_in(std::move(databases)), layout_, now, interval,
                       there_, 7);
  }
  static std::int64_t sum(const std::vector<entry_block>& blocks) {
    std::int64_t total = 0;
    for (const auto& block : blocks) {
      for (const auto& entry : block.moved) {
        total += entry.deltas.at(0);
      }
    }
    return total;
  }

  std::shared_ptr<const block_layout> layout_ = layout();
  std::map<std::int64_t, std::string> there_;
  session_time time_;
};

TEST_F(session_time_test, the_first_sample_stands_for_no_time) {
  const auto blocks = sample({"app"}, t0);
  ASSERT_EQ(blocks.size(), 1U);
  EXPECT_EQ(blocks[0].moved.at(0).deltas.at(0), 0);
  EXPECT_TRUE(blocks[0].gap);
}

TEST_F(session_time_test, a_session_seen_throughout_counts_all_the_time) {
  sample({"app"}, t0);
  std::int64_t total = 0;
  auto now = t0;
  for (const int step : {10'000, 9'300, 10'700, 1'000}) {
    now += milliseconds{step};
    total += sum(sample({"app"}, now));
  }
  EXPECT_EQ(microseconds{total}, now - t0);
}

TEST_F(session_time_test, every_session_counts_by_itself_and_by_its_database) {
  sample({"app"}, t0);
  const auto blocks = sample({"b", "app", "app"}, t0 + interval);
  ASSERT_EQ(blocks.size(), 2U);
  EXPECT_EQ(blocks[0].database, "app");
  EXPECT_EQ(blocks[0].moved.size(), 2U);
  EXPECT_EQ(blocks[0].moved[0].query, 8U);
  EXPECT_EQ(blocks[0].moved[1].query, 9U);
  EXPECT_EQ(blocks[1].moved[0].query, 7U);
  EXPECT_EQ(blocks[0].previous, t0);
  EXPECT_EQ(blocks[0].moved[0].values_of_keys,
            (std::vector<std::string>{"app", "alice", ""}));
  EXPECT_EQ(sum(blocks), 3 * microseconds{interval}.count());
}

TEST_F(session_time_test, a_silence_is_not_made_up_for) {
  sample({"app"}, t0);
  EXPECT_EQ(sum(sample({"app"}, t0 + seconds{3'600})),
            microseconds{2 * interval}.count());
}

TEST_F(session_time_test, a_database_without_sessions_stays_until_it_is_gone) {
  there_ = {{1, "app"}, {2, "b"}};
  sample({"app", "b"}, t0);
  EXPECT_EQ(sample({}, t0 + interval).size(), 2U);
  there_.erase(2);
  const auto blocks = sample({}, t0 + 2 * interval);
  ASSERT_EQ(blocks.size(), 1U);
  EXPECT_EQ(blocks[0].database, "app");
}

} // namespace
} // namespace pgmuster
