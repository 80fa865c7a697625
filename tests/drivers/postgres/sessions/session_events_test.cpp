// Events about sessions have the names and types of OpenTelemetry's receiver,
// and never a query's text.
#include "drivers/postgres/sessions/session_events.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace pgmuster::postgres {
namespace {

constexpr std::int64_t began = 1'700'000'000'123'456;

seen_session waiter() {
  seen_session one;
  one.id = 4'711;
  one.database = "shop";
  one.user = "alice";
  one.application =
    "till 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
  one.client_address = "10.0.0.7";
  one.client_port = 5'555;
  one.state = "active";
  one.wait_type = "Lock";
  one.wait = "transactionid";
  one.query_id = -77;
  one.transaction_start = began;
  one.query_start = began;
  one.blocked_by = {12, 13};
  one.text = "UPDATE t SET secret = 'kwyjibo'";
  return one;
}

session_moment moment() {
  session_moment at;
  at.now = wall_time{microseconds{began + 9'000'000}};
  at.server_now = began + 2'500'000;
  at.target = 7;
  at.blocked = microseconds{12'400'000};
  return at;
}

std::string text_of(const target_event& event, const std::string& key) {
  for (const auto& one : event.described) {
    if (one.key == key) {
      return one.value;
    }
  }
  return "(none)";
}

number number_of(const target_event& event, const std::string& key) {
  for (const auto& one : event.measured) {
    if (one.key == key) {
      return one.value;
    }
  }
  return {};
}

TEST(sample_event, has_the_receivers_attributes) {
  const auto event = sample_event(waiter(), moment());
  EXPECT_EQ(event.name, "db.server.query_sample");
  EXPECT_EQ(event.kind, event_kind::sample);
  EXPECT_EQ(text_of(event, "db.system.name"), "postgresql");
  EXPECT_EQ(text_of(event, "db.namespace"), "shop");
  EXPECT_EQ(text_of(event, "user.name"), "alice");
  EXPECT_EQ(text_of(event, "postgresql.state"), "active");
  EXPECT_EQ(text_of(event, "postgresql.application_name"), "till");
  EXPECT_EQ(text_of(event, "network.peer.address"), "10.0.0.7");
  EXPECT_EQ(number_of(event, "network.peer.port").integer, 5'555);
  EXPECT_EQ(text_of(event, "postgresql.wait_event"), "transactionid");
  EXPECT_EQ(text_of(event, "postgresql.wait_event_type"), "Lock");
  EXPECT_EQ(text_of(event, "postgresql.query_id"), "-77");
  EXPECT_EQ(text_of(event, "postgresql.query_start"),
            "2023-11-14T22:13:20.123456Z");
  EXPECT_EQ(text_of(event, "postgresql.blocking.pids"), "{12,13}");
  EXPECT_EQ(number_of(event, "postgresql.blocking.wait_duration").integer, 12);
  EXPECT_EQ(number_of(event, "postgresql.pid").integer, 4'711);
  EXPECT_EQ(number_of(event, "postgresql.total_exec_time").is,
            number::kind::real);
  EXPECT_EQ(number_of(event, "postgresql.total_exec_time").real, 2'500.0);
}

TEST(sample_event, the_trace_of_the_application_is_the_records_own) {
  const auto event = sample_event(waiter(), moment());
  ASSERT_TRUE(event.trace);
  EXPECT_EQ(event.trace->trace.front(), 0x0a);
  EXPECT_EQ(event.trace->flags, 1);
}

TEST(sample_event, no_literal_of_the_query_is_in_it) {
  const auto event = sample_event(waiter(), moment());
  EXPECT_EQ(event.body.find("kwyjibo"), std::string::npos);
  EXPECT_TRUE(std::none_of(
    event.described.begin(), event.described.end(), [](const auto& one) {
      return one.value.find("kwyjibo") != std::string::npos;
    }));
}

TEST(sample_event, each_sample_of_each_session_has_an_identity_of_its_own) {
  auto other = waiter();
  other.id = 4'712;
  auto later = moment();
  later.now += seconds{10};
  auto elsewhere = moment();
  elsewhere.target = 8;
  const auto one = sample_event(waiter(), moment()).sample.identity;
  EXPECT_EQ(one, sample_event(waiter(), moment()).sample.identity);
  EXPECT_NE(one, sample_event(other, moment()).sample.identity);
  EXPECT_NE(one, sample_event(waiter(), later).sample.identity);
  EXPECT_NE(one, sample_event(waiter(), elsewhere).sample.identity);
}

TEST(sample_event, what_is_not_there_is_left_out) {
  seen_session bare;
  bare.id = 1;
  bare.state = "active";
  const auto event = sample_event(bare, moment());
  EXPECT_EQ(text_of(event, "postgresql.wait_event"), "(none)");
  EXPECT_EQ(text_of(event, "postgresql.query_id"), "(none)");
  EXPECT_EQ(text_of(event, "postgresql.query_start"), "(none)");
  EXPECT_EQ(text_of(event, "postgresql.blocking.pids"), "(none)");
  EXPECT_FALSE(event.trace);
  EXPECT_EQ(event.sample.wait, 0U);
}

TEST(lasting_event, says_for_how_long_and_is_never_left_to_chance) {
  auto event = lasting_event(event_names::blocking, waiter(), moment(),
                             microseconds{61'000'000});
  add_waiters(event, 3, 2);
  EXPECT_EQ(event.kind, event_kind::change);
  EXPECT_EQ(event.body, "others have waited for a session for 61 s");
  EXPECT_EQ(number_of(event, "pgmuster.session.age").real, 61.0);
  EXPECT_EQ(number_of(event, "postgresql.blocking.waiters").integer, 3);
  EXPECT_EQ(number_of(event, "postgresql.blocking.depth").integer, 2);
}

} // namespace
} // namespace pgmuster::postgres
