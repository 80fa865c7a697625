// Events say what happened by its kind, and none of the server's own words.
#include "actors/target_events.hpp"
#include "drivers/postgres/errc.hpp"

#include <gtest/gtest.h>

namespace pgmuster {
namespace {

constexpr wall_time noon{seconds{1'709'208'000}};

TEST(target_events, an_error_is_told_by_kind_and_sqlstate_alone) {
  const auto event = probe_event(
    "tables", "shop",
    fail(postgres::errc::undefined,
         "relation \"secret_name\" does not exist (SQLSTATE 42P01)"),
    noon);
  EXPECT_EQ(event.name, "pgmuster.probe.failed");
  EXPECT_EQ(event.body, "probe tables failed: an object is missing");
  EXPECT_EQ(event.time, noon);
  EXPECT_EQ(event.described, (attributes{{"pgmuster.probe.name", "tables"},
                                         {"db.namespace", "shop"},
                                         {"db.response.status_code", "42P01"},
                                         {"error.type", "42P01"}}));
}

TEST(target_events, without_an_sqlstate_the_kind_is_the_type) {
  const auto event = state_event(
    "up", "down", fail(postgres::errc::refused, "10.0.0.1 port 5432"), noon);
  EXPECT_EQ(event.severity, event_severity::error);
  EXPECT_EQ(event.body, "target is down: connection refused");
  EXPECT_EQ(event.described,
            (attributes{{"pgmuster.target.state", "down"},
                        {"pgmuster.target.previous_state", "up"},
                        {"error.type", "connection refused"}}));
}

TEST(target_events, an_error_of_before_is_not_told_of_a_target_that_is_up) {
  const auto event =
    state_event("down", "up", fail(postgres::errc::refused, "10.0.0.1"), noon);
  EXPECT_EQ(event.severity, event_severity::info);
  EXPECT_EQ(event.body, "target is up");
  EXPECT_EQ(event.described.size(), 2U);
}

TEST(target_events, only_five_letters_and_digits_are_an_sqlstate) {
  const auto state = [](const char* words) {
    return sqlstate_of(fail(postgres::errc::statement_failed, words));
  };
  EXPECT_EQ(state("x (SQLSTATE 57014)"), "57014");
  EXPECT_EQ(state("(SQLSTATE 57014) said; (SQLSTATE 42501)"), "42501");
  EXPECT_EQ(state("x (SQLSTATE 57)"), "");
  EXPECT_EQ(state("x (SQLSTATE 5701x)"), "");
  EXPECT_EQ(state("x"), "");
}

} // namespace
} // namespace pgmuster
