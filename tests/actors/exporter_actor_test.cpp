// An exporter before a destination that answers as it is told: what is refused
// is found and put aside, what is learned is kept, and the books say so.
#include "tests/actors/exporter_case.hpp"

#include <set>

namespace pgmuster {
namespace {

export_answer lost_answer() {
  export_answer made;
  made.failure = "reset";
  made.ambiguous = true;
  return made;
}

/// Refuses requests with one of these values in them.
auto refuses(std::set<std::int64_t> poison) {
  return [poison = std::move(poison)](const http_request& request) {
    for (const auto value : values_in(compression_of(request), *request.body)) {
      if (poison.contains(value)) {
        return refusal(400, "a value of no good");
      }
    }
    return answer_of(200);
  };
}

TEST_F(exporter, puts_aside_the_poisoned_point_and_delivers_all_others) {
  keep_refused();
  to_.answers = refuses({77});
  offer(numbers(0, 100));
  offer(numbers(100, 200));
  drain();
  EXPECT_EQ(put_aside_, std::vector<std::int64_t>{77});
  EXPECT_EQ(words_, "HTTP 400: a value of no good");
  auto expected = numbers(0, 200);
  expected.erase(expected.begin() + 77);
  EXPECT_EQ(to_.taken(), expected) << "in their order";
  EXPECT_EQ(book().acked, 199U);
  EXPECT_EQ(book().quarantined, 1U);
  EXPECT_LE(to_.requests().size(), 33U);
  EXPECT_EQ(to_.requests().back().content_encoding, "zstd")
    << "the frame was refused in every encoding, which teaches nothing";
}

TEST_F(exporter, without_a_quarantine_what_is_refused_is_dropped_as_that) {
  to_.answers = refuses({3});
  offer(numbers(0, 5));
  drain();
  EXPECT_EQ(book().acked, 4U);
  EXPECT_EQ(dropped(drop_reason::refused), 1U);
}

TEST_F(exporter, what_the_quarantine_cannot_take_is_dropped_as_that) {
  keep_refused();
  quarantine_works_ = false;
  to_.answers = refuses({3});
  offer(numbers(0, 5));
  drain();
  EXPECT_EQ(dropped(drop_reason::quarantine_full), 1U);
  EXPECT_EQ(book().quarantined, 0U);
}

TEST_F(exporter, samples_in_disorder_are_rejected_in_one_request) {
  keep_refused();
  to_.answers = [](const http_request&) {
    return refusal(400, "out of order sample");
  };
  offer(numbers(0, 50));
  drain();
  EXPECT_EQ(to_.requests().size(), 1U);
  EXPECT_EQ(book().rejected, 50U);
  EXPECT_TRUE(put_aside_.empty());
}

TEST_F(exporter, keeps_to_the_encoding_that_a_destination_takes) {
  to_.answers = [](const http_request& request) {
    return request.content_encoding == "zstd" ? refusal(400, "cannot parse")
                                              : answer_of(200);
  };
  for (int i = 0; i < 5; ++i) {
    offer(numbers(i, i + 1));
  }
  drain();
  EXPECT_EQ(book().acked, 5U);
  const auto requests = to_.requests();
  ASSERT_EQ(requests.size(), 6U);
  EXPECT_EQ(requests[0].content_encoding, "zstd");
  for (std::size_t at = 1; at < requests.size(); ++at) {
    EXPECT_EQ(requests[at].content_encoding, "gzip");
  }
}

TEST_F(exporter, each_tenants_requests_carry_its_own_header) {
  otlp_.headers = {{"X-Scope-OrgID", secret_string{"${tenant.id}"}}};
  offer(numbers(0, 1), "acme");
  offer(numbers(1, 2), "globex");
  drain();
  std::set<std::string> sent;
  for (const auto& one : to_.requests()) {
    sent.insert(one.headers.at(0).value.reveal());
  }
  EXPECT_EQ(sent, (std::set<std::string>{"acme", "globex"}));
}

TEST_F(exporter, what_is_older_than_the_route_takes_is_dropped_unsent) {
  otlp_.age_max = std::chrono::hours{1};
  offer(numbers(0, 3), "acme",
        system_clock_source().wall() - std::chrono::hours{2});
  offer(numbers(3, 5));
  drain();
  EXPECT_EQ(dropped(drop_reason::too_old), 3U);
  EXPECT_EQ(book().acked, 2U);
}

TEST_F(exporter, a_lost_answer_is_not_followed_by_a_second_try_where_told_so) {
  otlp_.on_ambiguous = ambiguous_send::drop;
  to_.answers = [n = 0](const http_request&) mutable {
    return ++n == 1 ? lost_answer() : answer_of(200);
  };
  offer(numbers(0, 3));
  offer(numbers(3, 5));
  drain();
  EXPECT_EQ(dropped(drop_reason::ambiguous), 3U);
  EXPECT_EQ(book().acked, 2U);
}

TEST_F(exporter, tries_again_on_a_fresh_connection_after_a_lost_answer) {
  to_.answers = [n = 0](const http_request&) mutable {
    return ++n < 3 ? lost_answer() : answer_of(200);
  };
  offer(numbers(0, 3));
  drain();
  EXPECT_EQ(book().acked, 3U);
  const auto requests = to_.requests();
  ASSERT_EQ(requests.size(), 3U);
  EXPECT_FALSE(requests[0].fresh_connection);
  EXPECT_TRUE(requests[1].fresh_connection);
}

} // namespace
} // namespace pgmuster
