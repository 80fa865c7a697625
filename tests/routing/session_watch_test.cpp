// What lasts too long is told once, and again when it is another one.
#include "routing/session_watch.hpp"

#include <gtest/gtest.h>

namespace pgmuster {
namespace {

using kind = lasting_session::kind;
constexpr std::int64_t second = 1'000'000;
constexpr std::int64_t began = 1'700'000'000 * second;

seen_session session(std::int64_t id) {
  seen_session one;
  one.id = id;
  one.transaction_start = began;
  one.query_start = began;
  one.state_change = began;
  return one;
}

seen_sessions at(std::int64_t seconds_later, std::vector<seen_session> all) {
  seen_sessions seen;
  seen.all = std::move(all);
  seen.server_now = began + seconds_later * second;
  return seen;
}

event_config thresholds() {
  event_config made;
  made.long_transaction = seconds{300};
  made.idle_in_transaction = seconds{60};
  made.blocking = seconds{10};
  return made;
}

TEST(session_watch, a_transaction_that_is_open_for_long_is_told_once) {
  session_watch watch;
  EXPECT_TRUE(watch.look(at(299, {session(1)}), thresholds()).lasting.empty());
  const auto found = watch.look(at(300, {session(1)}), thresholds()).lasting;
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].what, kind::transaction);
  EXPECT_EQ(found[0].at, std::size_t{0});
  EXPECT_EQ(found[0].lasts, seconds{300});
  EXPECT_TRUE(watch.look(at(310, {session(1)}), thresholds()).lasting.empty());
}

TEST(session_watch, the_next_one_of_the_same_session_is_told_again) {
  session_watch watch;
  EXPECT_EQ(watch.look(at(400, {session(1)}), thresholds()).lasting.size(), 1U);
  auto next = session(1);
  next.transaction_start += 100 * second;
  EXPECT_EQ(watch.look(at(410, {next}), thresholds()).lasting.size(), 1U);
}

TEST(session_watch, doing_nothing_in_a_transaction_is_told_by_itself) {
  session_watch watch;
  auto one = session(4);
  one.idle_in_transaction = true;
  const auto found = watch.look(at(60, {one}), thresholds()).lasting;
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].what, kind::idle_in_transaction);
}

TEST(session_watch, a_blocker_is_told_when_others_were_seen_waiting_for_long) {
  session_watch watch;
  auto waiter = session(2);
  waiter.blocked_by = {1};
  const auto look = [&](std::int64_t when) {
    return watch.look(at(when, {session(1), waiter}), thresholds());
  };
  EXPECT_TRUE(look(5).lasting.empty());
  EXPECT_EQ(look(10).blocked.at(1), seconds{5});
  const auto found = look(15);
  ASSERT_EQ(found.lasting.size(), 1U);
  EXPECT_EQ(found.lasting[0].what, kind::blocking);
  EXPECT_EQ(found.lasting[0].id, 1);
  EXPECT_EQ(found.lasting[0].at, std::size_t{0});
  EXPECT_EQ(found.lasting[0].waiters, 1U);
  EXPECT_EQ(found.lasting[0].lasts, seconds{10});
  EXPECT_EQ(found.longest_wait, seconds{10});
  EXPECT_TRUE(look(20).lasting.empty());
}

TEST(session_watch, another_query_is_another_wait) {
  session_watch watch;
  auto waiter = session(2);
  waiter.blocked_by = {1};
  EXPECT_EQ(watch.look(at(0, {waiter}), thresholds()).blocked[0], seconds{0});
  EXPECT_EQ(watch.look(at(9, {waiter}), thresholds()).blocked[0], seconds{9});
  waiter.query_start += second;
  EXPECT_EQ(watch.look(at(12, {waiter}), thresholds()).blocked[0], seconds{0});
}

TEST(session_watch, a_blocker_that_is_no_session_at_work_is_told_too) {
  session_watch watch;
  auto waiter = session(2);
  waiter.blocked_by = {99};
  EXPECT_TRUE(watch.look(at(0, {waiter}), thresholds()).lasting.empty());
  const auto found = watch.look(at(11, {waiter}), thresholds()).lasting;
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].id, 99);
  EXPECT_FALSE(found[0].at);
}

} // namespace
} // namespace pgmuster
