// The table of answers and what each means.
#include "codec/export_verdict.hpp"
#include "codec/http_date.hpp"

#include <google/rpc/status.pb.h>
#include <gtest/gtest.h>
#include <opentelemetry/proto/collector/logs/v1/logs_service.pb.h>
#include <opentelemetry/proto/collector/metrics/v1/metrics_service.pb.h>

namespace pgmuster {
namespace {

using kind = export_verdict::kind;
namespace collector = opentelemetry::proto::collector;

constexpr const char* protobuf = "application/x-protobuf";

// Sun, 06 Nov 1994 08:49:37 GMT, and a half second.
constexpr wall_time now{nanoseconds{784'111'777'500'000'000}};

export_answer
answer_of(int status, std::string body = {}, std::string type = {}) {
  export_answer answer;
  answer.status = status;
  answer.body = std::move(body);
  answer.content_type = std::move(type);
  return answer;
}

TEST(judge, every_status_has_its_meaning) {
  struct row {
    int status;
    kind compressed;
    kind plain;
    bool breaker;
  };
  const row table[] = {
    {0, kind::retry, kind::retry, true},
    {200, kind::acknowledged, kind::acknowledged, false},
    {202, kind::acknowledged, kind::acknowledged, false},
    {204, kind::acknowledged, kind::acknowledged, false},
    {301, kind::refused, kind::refused, false},
    {400, kind::other_encoding, kind::take_apart, false},
    {401, kind::unauthorised, kind::unauthorised, false},
    {403, kind::unauthorised, kind::unauthorised, false},
    {404, kind::refused, kind::refused, false},
    {407, kind::unauthorised, kind::unauthorised, false},
    {408, kind::refused, kind::refused, false},
    {413, kind::other_encoding, kind::take_apart, false},
    {415, kind::other_encoding, kind::refused, false},
    {429, kind::retry, kind::retry, false},
    {500, kind::refused, kind::refused, false},
    {501, kind::refused, kind::refused, false},
    {502, kind::retry, kind::retry, true},
    {503, kind::retry, kind::retry, true},
    {504, kind::retry, kind::retry, true},
  };
  for (const row& expected : table) {
    const export_answer answer = answer_of(expected.status);
    EXPECT_EQ(judge(answer, true, now).is, expected.compressed)
      << expected.status;
    EXPECT_EQ(judge(answer, false, now).is, expected.plain) << expected.status;
    EXPECT_EQ(judge(answer, true, now).breaker_failure, expected.breaker)
      << expected.status;
  }
}

TEST(judge, samples_in_disorder_are_rejected_and_not_taken_apart) {
  for (const char* const words :
       {"out of order sample (err-mimir-sample-out-of-order)",
        "Error on ingesting samples that are TOO OLD or too far into the "
        "future",
        "duplicate sample for timestamp", "out of bounds",
        "err-mimir-sample-duplicate-timestamp",
        "timestamp is too far in the past"}) {
    for (const int status : {400, 409, 422, 500}) {
      EXPECT_EQ(judge(answer_of(status, words, "text/plain"), false, now).is,
                kind::rejected)
        << status << " " << words;
      EXPECT_EQ(judge(answer_of(status, words, "text/plain"), true, now).is,
                kind::rejected)
        << "it was read, whatever its encoding";
    }
    EXPECT_EQ(judge(answer_of(503, words, "text/plain"), false, now).is,
              kind::retry);
  }
}

TEST(judge, only_a_missing_answer_or_a_gateway_that_gave_up_is_ambiguous) {
  export_answer lost;
  lost.ambiguous = true;
  EXPECT_TRUE(judge(lost, false, now).ambiguous);
  lost.ambiguous = false;
  EXPECT_FALSE(judge(lost, false, now).ambiguous) << "it was never sent";
  EXPECT_TRUE(judge(answer_of(504), false, now).ambiguous);
  EXPECT_FALSE(judge(answer_of(503), false, now).ambiguous);
  EXPECT_FALSE(judge(answer_of(429), false, now).ambiguous);
}

TEST(judge, partial_success_counts_what_was_refused) {
  collector::metrics::v1::ExportMetricsServiceResponse metrics;
  metrics.mutable_partial_success()->set_rejected_data_points(12);
  metrics.mutable_partial_success()->set_error_message("too old");
  const export_verdict verdict =
    judge(answer_of(200, metrics.SerializeAsString(), protobuf), true, now);
  EXPECT_EQ(verdict.is, kind::acknowledged);
  EXPECT_EQ(verdict.rejected, 12U);
  EXPECT_EQ(verdict.message, "too old");

  collector::logs::v1::ExportLogsServiceResponse logs;
  logs.mutable_partial_success()->set_rejected_log_records(3);
  EXPECT_EQ(judge(answer_of(200, logs.SerializeAsString(), protobuf), true, now)
              .rejected,
            3U);
  EXPECT_EQ(judge(answer_of(200, R"({"partialSuccess":
                    {"rejectedDataPoints":"4","later":1}})",
                            "application/json; charset=utf-8"),
                  true, now)
              .rejected,
            4U);
}

TEST(judge, success_bodies_that_say_nothing_are_success) {
  const std::string present_but_empty("\x0a\x00", 2);
  for (const auto& [body, type] : {std::pair{present_but_empty, protobuf},
                                   {std::string{}, ""},
                                   {std::string{"\xFF\xFF"}, protobuf},
                                   {std::string{"<html>"}, "text/html"},
                                   {std::string{"{"}, "application/json"}}) {
    const export_verdict verdict = judge(answer_of(200, body, type), true, now);
    EXPECT_EQ(verdict.is, kind::acknowledged);
    EXPECT_EQ(verdict.rejected, 0U);
    EXPECT_EQ(verdict.message, "");
  }
  collector::metrics::v1::ExportMetricsServiceResponse negative;
  negative.mutable_partial_success()->set_rejected_data_points(-5);
  EXPECT_EQ(
    judge(answer_of(200, negative.SerializeAsString(), protobuf), true, now)
      .rejected,
    0U);
}

TEST(judge, retry_after_is_seconds_or_a_date) {
  const auto asked = [](int status, std::string header) {
    export_answer answer = answer_of(status);
    answer.retry_after = std::move(header);
    return judge(answer, true, now).after;
  };
  EXPECT_EQ(asked(429, "7"), seconds{7});
  EXPECT_EQ(asked(503, " 0 "), seconds{0});
  EXPECT_EQ(asked(502, "Sun, 06 Nov 1994 08:49:47 GMT"), milliseconds{9'500});
  EXPECT_EQ(asked(504, "Sun, 06 Nov 1994 08:00:00 GMT"), seconds{0});
  EXPECT_EQ(asked(429, "99999999999999999999"), seconds{3600});
  EXPECT_EQ(asked(429, "Sun, 06 Nov 2094 08:49:47 GMT"), seconds{3600});
  for (const char* const words : {"", "soon", "-3", "1.5", "7s"}) {
    EXPECT_EQ(asked(429, words), std::nullopt) << words;
  }
  EXPECT_EQ(asked(400, "7"), std::nullopt);
}

TEST(judge, the_servers_words_are_found_and_cut) {
  google::rpc::Status status;
  status.set_code(3);
  status.set_message("bad\npoint");
  EXPECT_EQ(
    judge(answer_of(400, status.SerializeAsString(), protobuf), false, now)
      .message,
    "HTTP 400: bad point");
  EXPECT_EQ(
    judge(answer_of(400, "no such path\r\n", "text/plain"), false, now).message,
    "HTTP 400: no such path");
  std::string accents;
  for (int count = 0; count < 150; ++count) {
    accents += "\xC3\xA9";
  }
  const std::string cut =
    judge(answer_of(500, "x" + accents), false, now).message;
  EXPECT_EQ(cut, "HTTP 500: x" + accents.substr(0, 188))
    << "cut between characters";
  export_answer none;
  none.failure = "connection refused";
  EXPECT_EQ(judge(none, true, now).message, "connection refused");
  EXPECT_EQ(judge(export_answer{}, true, now).message, "no answer");
}

TEST(judge, a_refusal_without_words_has_its_status) {
  const auto words = [](export_answer answer) {
    return judge(answer, false, now).message;
  };
  EXPECT_EQ(words(answer_of(503)), "HTTP 503");
  EXPECT_EQ(words(answer_of(401, " \r\n", "text/plain")), "HTTP 401");
  EXPECT_EQ(words(answer_of(500, "", protobuf)), "HTTP 500");
  EXPECT_EQ(words(answer_of(302)),
            "HTTP 302 (a redirect, which is not followed)");
  EXPECT_EQ(words(answer_of(204)), "") << "of a success only its own words";
  auto of_a_file = answer_of(503, "no space left");
  of_a_file.over_http = false;
  EXPECT_EQ(words(of_a_file), "no space left");
}

TEST(judge, an_answer_that_is_not_utf8_is_not_printed) {
  ::testing::internal::CaptureStderr();
  const auto verdict =
    judge(answer_of(404, "\x12\x02\xff\xfe", protobuf), true, now);
  EXPECT_EQ(::testing::internal::GetCapturedStderr(), "");
  EXPECT_EQ(verdict.is, kind::refused);
}

TEST(parse_http_date, reads_the_three_forms) {
  const wall_time expected = now - milliseconds{500};
  for (const char* const text :
       {"Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT",
        "Sun Nov  6 08:49:37 1994"}) {
    EXPECT_EQ(parse_http_date(text, now), expected) << text;
  }
  EXPECT_EQ(parse_http_date("Thursday, 01-Jan-70 00:00:00 GMT", now),
            wall_time{});
  for (const char* const text :
       {"", "Sun, 31 Feb 1994 08:49:37 GMT", "Sun, 06 Nov 1994 24:49:37 GMT",
        "Sun, 06 Nov 1994 08:49:37 CET", "Sun, 06 Nov 9999 08:49:37 GMT",
        "Sun, 06 Nov 1994 08:49", "06 Nov 1994 08:49:37 GMT"}) {
    EXPECT_EQ(parse_http_date(text, now), std::nullopt) << text;
  }
}

} // namespace
} // namespace pgmuster
