// What an exporter says of its destination: in the log, and for readiness.
#include "tests/actors/exporter_case.hpp"

namespace pgmuster {
namespace {

/// Refuses one point of a frame, in an answer's bytes.
export_answer partial_success() {
  auto made = answer_of(200);
  made.body = "\x0a\x0a\x08\x01\x12\x06"
              "old ts";
  made.content_type = "application/x-protobuf";
  return made;
}

TEST_F(exporter, what_a_destination_says_of_rejected_points_is_in_the_log) {
  to_.answers = [](const http_request&) { return partial_success(); };
  offer(numbers(0, 3));
  drain();
  EXPECT_EQ(book().rejected, 1U);
  EXPECT_TRUE(is_logged("old ts"));
  EXPECT_TRUE(is_logged("rejected=1"));
}

TEST_F(exporter, the_log_says_when_a_breaker_opens_and_when_it_closes) {
  to_.answers = [n = 0](const http_request&) mutable {
    auto away = refusal(503, "");
    away.retry_after = "1";
    return ++n == 1 ? away : answer_of(200);
  };
  offer(numbers(0, 3));
  drain();
  EXPECT_TRUE(is_logged("a breaker has opened"));
  EXPECT_TRUE(is_logged("pause=1s"));
  EXPECT_TRUE(is_logged("HTTP 503"));
  EXPECT_TRUE(is_logged("a breaker has closed"));
}

TEST_F(exporter, a_sender_shows_since_when_it_waits_and_what_bars_it) {
  to_.answers = [](const http_request&) { return answer_of(401); };
  offer(numbers(0, 3));
  sender_health shown;
  EXPECT_TRUE(becomes_true([&](const std::string& /*log*/) {
    for (const auto& [sender, status] : shared_->routes.all()) {
      shown = status.health;
    }
    return shown.barred;
  }));
  EXPECT_TRUE(shown.waiting_since);
  EXPECT_FALSE(shown.last_delivered);
  EXPECT_EQ(shown.refusal, "unauthorised: HTTP 401");
}

} // namespace
} // namespace pgmuster
