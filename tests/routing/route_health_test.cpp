// Idle senders do not vouch for a route; those that try to send do.
#include "routing/route_health.hpp"

#include <gtest/gtest.h>

namespace pgmuster {
namespace {

using state = circuit_breaker::state;

constexpr mono_time now{seconds{10'000}};

sender_health stopped(state breaker) {
  sender_health made;
  made.breaker = breaker;
  made.refusal = "retry: HTTP 503";
  made.waiting_since = now - seconds{5};
  return made;
}

sender_health waiting_for(seconds since) {
  sender_health made;
  made.waiting_since = now - since;
  made.refusal = "retry: HTTP 429";
  return made;
}

sender_health delivered_before(seconds since) {
  sender_health made;
  made.last_delivered = now - since;
  return made;
}

TEST(route_health, an_idle_sender_does_not_vouch_for_a_route) {
  const sender_health idle;
  EXPECT_EQ(why_cannot_deliver({stopped(state::open), idle}, now),
            "cannot deliver: retry: HTTP 503");
  EXPECT_EQ(why_cannot_deliver({idle, stopped(state::half_open)}, now),
            "cannot deliver: retry: HTTP 503");
  EXPECT_EQ(why_cannot_deliver(
              {stopped(state::open), delivered_before(seconds{3600})}, now),
            "cannot deliver: retry: HTTP 503")
    << "what it delivered is long ago";
  EXPECT_EQ(why_cannot_deliver({idle, idle}, now), "")
    << "nothing is known against it";
}

TEST(route_health, a_sender_that_delivers_keeps_the_route_ready) {
  EXPECT_EQ(why_cannot_deliver(
              {stopped(state::open), delivered_before(seconds{10})}, now),
            "");
  EXPECT_EQ(
    why_cannot_deliver({stopped(state::open), waiting_for(seconds{1})}, now),
    "")
    << "it has only begun to try";
}

TEST(route_health, who_delivers_nothing_for_long_is_stuck) {
  EXPECT_EQ(why_cannot_deliver({waiting_for(seconds{59})}, now), "");
  EXPECT_EQ(why_cannot_deliver({waiting_for(seconds{90}), {}}, now),
            "has delivered nothing for 90s although it has something to send: "
            "retry: HTTP 429");
  auto patient = waiting_for(seconds{90});
  patient.patience = seconds{120};
  EXPECT_EQ(why_cannot_deliver({patient}, now), "");
}

TEST(route_health, refused_credentials_stop_a_sender_at_once) {
  auto barred = waiting_for(seconds{1});
  barred.barred = true;
  barred.refusal = "unauthorised: HTTP 401";
  EXPECT_EQ(why_cannot_deliver({barred}, now),
            "cannot deliver: unauthorised: HTTP 401");
}

TEST(delivery_progress, waits_from_the_last_delivery_or_the_first_to_send) {
  delivery_progress progress;
  EXPECT_FALSE(progress.waiting_since());
  progress.look(true, now);
  progress.look(true, now + seconds{5});
  EXPECT_EQ(progress.waiting_since(), now);
  progress.delivered(now + seconds{6});
  progress.look(true, now + seconds{7});
  EXPECT_EQ(progress.waiting_since(), now + seconds{6});
  progress.look(false, now + seconds{8});
  EXPECT_FALSE(progress.waiting_since());
  EXPECT_EQ(progress.last_delivered(), now + seconds{6});
}

} // namespace
} // namespace pgmuster
