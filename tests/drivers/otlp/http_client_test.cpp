// The client against a real server, on both reactor backends.
#include "config/limits.hpp"
#include "drivers/otlp/http_client.hpp"
#include "tests/support/http/http_receiver.hpp"

#include <gtest/gtest.h>

#include <poll.h>

#include <cstdlib>
#include <filesystem>
#include <future>
#include <set>
#include <thread>

namespace pgmuster {
namespace {

using test::http_receiver;
using test::scripted_answer;
using fault = scripted_answer::fault;

std::size_t open_descriptors() {
  const std::filesystem::directory_iterator all{"/proc/self/fd"};
  return static_cast<std::size_t>(std::distance(begin(all), end(all)));
}

class http_client_test : public testing::TestWithParam<reactor_choice> {
protected:
  void SetUp() override {
    for (const char* const name :
         {"http_proxy", "HTTP_PROXY", "ALL_PROXY", "all_proxy"}) {
      ::unsetenv(name);
    }
    std::string why;
    auto started = start_reactor(GetParam(), why);
    if (!started && GetParam() == reactor_choice::io_uring) {
      GTEST_SKIP() << describe(started.error());
    }
    ASSERT_TRUE(started) << describe(started.error());
    reactor_ = std::move(*started);
    client_ = start_http_client(*reactor_);
    server_ = std::make_unique<http_receiver>();
  }

  void TearDown() override {
    if (reactor_) {
      client_->stop();
      EXPECT_EQ(reactor_->watched(), 0U);
      client_.reset();
      reactor_->stop();
      server_->stop();
    }
  }

  http_request request_of(std::string body) const {
    http_request request;
    request.url = server_->url() + "/v1/metrics";
    request.body = std::make_shared<const std::string>(std::move(body));
    request.timeout = seconds{60};
    return request;
  }

  std::future<export_answer> post(http_request request) {
    auto promise = std::make_shared<std::promise<export_answer>>();
    client_->post(std::move(request), [promise](export_answer answer) {
      promise->set_value(std::move(answer));
    });
    return promise->get_future();
  }

  export_answer answer_to(http_request request) {
    return post(std::move(request)).get();
  }

  std::unique_ptr<reactor> reactor_;
  std::unique_ptr<http_client> client_;
  std::unique_ptr<http_receiver> server_;
};

std::string name_of(const testing::TestParamInfo<reactor_choice>& info) {
  return info.param == reactor_choice::epoll ? "epoll" : "io_uring";
}

INSTANTIATE_TEST_SUITE_P(on,
                         http_client_test,
                         testing::Values(reactor_choice::epoll,
                                         reactor_choice::io_uring),
                         name_of);

TEST_P(http_client_test, sends_what_it_is_given_and_brings_back_the_answer) {
  server_->then({429, {"Retry-After: 17", "Content-Type: text/plain"}, "slow"});
  http_request request = request_of(std::string("\0\x01\xFFpoints", 9));
  request.content_encoding = "zstd";
  request.headers = {{"api-key", secret_string{"s3cret"}},
                     {"x-empty", secret_string{}}};
  const export_answer answer = answer_to(request);
  EXPECT_EQ(answer.status, 429);
  EXPECT_EQ(answer.body, "slow");
  EXPECT_EQ(answer.content_type, "text/plain");
  EXPECT_EQ(answer.retry_after, "17");
  EXPECT_FALSE(answer.ambiguous);
  const auto seen = server_->requests();
  ASSERT_EQ(seen.size(), 1U);
  EXPECT_EQ(seen[0].method, "POST");
  EXPECT_EQ(seen[0].path, "/v1/metrics");
  EXPECT_EQ(seen[0].body, *request.body);
  EXPECT_EQ(seen[0].headers.at("content-type"), "application/x-protobuf");
  EXPECT_EQ(seen[0].headers.at("content-encoding"), "zstd");
  EXPECT_EQ(seen[0].headers.at("api-key"), "s3cret");
  EXPECT_EQ(seen[0].headers.at("x-empty"), "");
  EXPECT_EQ(seen[0].headers.count("expect"), 0U);
  EXPECT_EQ(seen[0].headers.at("user-agent").substr(0, 9), "pgmuster/");
}

TEST_P(http_client_test, a_refusal_that_quotes_a_secret_comes_back_masked) {
  server_->then({401, {}, "no key 's3cret-key', twice s3cret-key"});
  http_request request = request_of("points");
  request.headers = {{"authorization", secret_string{"Bearer s3cret-key"}},
                     {"x-short", secret_string{"no"}}};
  EXPECT_EQ(answer_to(request).body, "no key '***', twice ***");
}

TEST_P(http_client_test, a_success_that_quotes_a_secret_keeps_its_length) {
  server_->then({200, {}, "\x12\x0bno s3cret-x"});
  http_request request = request_of("points");
  request.headers = {{"api-key", secret_string{"s3cret-x"}}};
  EXPECT_EQ(answer_to(request).body, "\x12\x0bno ********");
}

TEST_P(http_client_test, connections_are_kept_and_replaced_when_closed) {
  for (int count = 0; count < 5; ++count) {
    EXPECT_EQ(answer_to(request_of("x")).status, 200);
  }
  EXPECT_EQ(server_->accepted(), 1U);
  server_->then({200, {}, "", fault::close_after});
  EXPECT_EQ(answer_to(request_of("last on this one")).status, 200);
  EXPECT_EQ(answer_to(request_of("on a new one")).status, 200);
  EXPECT_EQ(server_->accepted(), 2U);
}

TEST_P(http_client_test, a_connection_that_rested_too_long_is_not_used_again) {
  http_request request = request_of("x");
  request.connection_idle_max = seconds{1};
  EXPECT_EQ(answer_to(request).status, 200);
  // Its age is what is waited for; libcurl counts whole seconds.
  (void)::poll(nullptr, 0, 2'100);
  EXPECT_EQ(answer_to(request).status, 200);
  EXPECT_EQ(server_->accepted(), 2U);
}

TEST_P(http_client_test, a_connection_in_use_gives_way_when_it_is_old) {
  http_request request = request_of("x");
  request.connection_age_max = seconds{1};
  // It never rests.
  for (int times = 0; times < 300 && server_->accepted() < 3; ++times) {
    ASSERT_EQ(answer_to(request).status, 200);
    (void)::poll(nullptr, 0, 50);
  }
  EXPECT_GE(server_->accepted(), 3U);
  const auto seen = server_->requests();
  EXPECT_GT(seen.size(), server_->accepted()) << "each served several";
}

TEST_P(http_client_test, large_bodies_pass_whole) {
  std::string body(8'000'000, '\0');
  for (std::size_t at = 0; at < body.size(); ++at) {
    body[at] = static_cast<char>(at * 2'654'435'761U >> 13U);
  }
  http_request request = request_of(body);
  EXPECT_EQ(answer_to(request).status, 200);
  EXPECT_TRUE(server_->requests().at(0).body == body);
}

TEST_P(http_client_test, many_posts_from_many_threads_are_each_answered_once) {
  static constexpr std::size_t threads = 4;
  static constexpr std::size_t each = 100;
  // Only the reactor's thread adds; the last addition publishes.
  struct tally {
    std::multiset<std::string> answered;
    std::promise<void> all;
  };
  const auto shared = std::make_shared<tally>();
  std::vector<std::thread> posting;
  for (std::size_t thread = 0; thread < threads; ++thread) {
    posting.emplace_back([&, thread] {
      for (std::size_t count = 0; count < each; ++count) {
        const std::string name =
          std::to_string(thread) + "-" + std::to_string(count);
        client_->post(request_of(name), [shared, name](export_answer answer) {
          shared->answered.insert(answer.status == 200 ? name : answer.failure);
          if (shared->answered.size() == threads * each) {
            shared->all.set_value();
          }
        });
      }
    });
  }
  for (std::thread& one : posting) {
    one.join();
  }
  shared->all.get_future().wait();
  std::multiset<std::string> received;
  for (const auto& request : server_->requests()) {
    received.insert(request.body);
  }
  EXPECT_EQ(shared->answered, received);
  EXPECT_EQ(std::set(received.begin(), received.end()).size(), threads * each);
}

TEST_P(http_client_test, a_refused_connection_is_no_answer_and_not_ambiguous) {
  http_request request = request_of("x");
  server_->stop();
  const export_answer answer = answer_to(request);
  EXPECT_EQ(answer.status, 0);
  EXPECT_FALSE(answer.ambiguous);
  EXPECT_FALSE(answer.failure.empty());
}

TEST_P(http_client_test, an_answer_that_breaks_off_is_no_answer) {
  for (const fault broken : {fault::reset, fault::reset_in_body}) {
    server_->then({200, {}, std::string(1000, 'x'), broken});
    const export_answer answer = answer_to(request_of("x"));
    EXPECT_EQ(answer.status, 0);
    EXPECT_TRUE(answer.ambiguous);
    EXPECT_FALSE(answer.failure.empty());
    EXPECT_EQ(answer.body, "");
  }
  EXPECT_EQ(server_->requests().size(), 2U) << "nothing is repeated by itself";
}

TEST_P(http_client_test, a_server_that_stalls_costs_the_timeout_only) {
  server_->then({200, {}, "", fault::stall});
  http_request request = request_of("x");
  request.timeout = milliseconds{150};
  const export_answer answer = answer_to(request);
  EXPECT_EQ(answer.status, 0);
  EXPECT_TRUE(answer.ambiguous);
  EXPECT_EQ(answer_to(request_of("next")).status, 200);
}

TEST_P(http_client_test, an_endless_answer_is_cut) {
  const std::size_t bound = limits::answer_bytes_max.value();
  server_->then({400, {}, std::string(bound, 'a')});
  EXPECT_EQ(answer_to(request_of("x")).body.size(), bound);
  server_->then({400, {}, std::string(20 * bound, 'b')});
  const export_answer answer = answer_to(request_of("x"));
  EXPECT_EQ(answer.status, 400);
  EXPECT_EQ(answer.body, std::string(bound, 'b'));
  EXPECT_EQ(answer_to(request_of("next")).status, 200);
}

TEST_P(http_client_test, redirects_are_not_followed) {
  server_->then({307, {"Location: " + server_->url() + "/elsewhere"}, ""});
  EXPECT_EQ(answer_to(request_of("x")).status, 307);
  EXPECT_EQ(server_->requests().size(), 1U);
}

TEST_P(http_client_test, what_must_not_be_sent_is_refused) {
  http_request split = request_of("x");
  split.headers = {{"api-key", secret_string{"a\r\nHost: other"}}};
  EXPECT_EQ(answer_to(split).status, 0);
  http_request file = request_of("x");
  file.url = "file:///etc/hostname";
  EXPECT_EQ(answer_to(file).status, 0);
  EXPECT_EQ(server_->accepted(), 0U);
  http_request tls = request_of("x");
  tls.url.replace(0, 4, "https");
  tls.timeout = milliseconds{150};
  const export_answer unproved = answer_to(tls);
  EXPECT_EQ(unproved.status, 0) << "the server does not speak TLS";
  EXPECT_FALSE(unproved.ambiguous) << "no byte of the request was sent";
  EXPECT_TRUE(server_->requests().empty());
}

TEST_P(http_client_test, names_are_resolved) {
  http_request request = request_of("x");
  request.url = "http://localhost:" + std::to_string(server_->port());
  EXPECT_EQ(answer_to(request).status, 200);
  EXPECT_EQ(server_->requests().at(0).path, "/");
}

TEST_P(http_client_test, a_callback_may_post_again) {
  auto second = std::make_shared<std::promise<int>>();
  client_->post(request_of("1"), [&, second](const export_answer& first) {
    EXPECT_EQ(first.status, 200);
    client_->post(request_of("2"), [second](const export_answer& answer) {
      second->set_value(answer.status);
    });
  });
  EXPECT_EQ(second->get_future().get(), 200);
}

TEST_P(http_client_test, stop_ends_what_is_under_way_and_leaks_nothing) {
  const std::size_t before = open_descriptors();
  std::vector<std::future<export_answer>> waiting;
  for (int count = 0; count < 10; ++count) {
    server_->then({200, {}, "", fault::stall});
    waiting.push_back(post(request_of("x")));
  }
  ASSERT_TRUE(server_->wait_for(10));
  client_->stop();
  client_->stop();
  for (auto& one : waiting) {
    const export_answer answer = one.get();
    EXPECT_EQ(answer.status, 0);
    EXPECT_TRUE(answer.ambiguous);
  }
  EXPECT_EQ(reactor_->watched(), 0U);
  const export_answer late = answer_to(request_of("late"));
  EXPECT_EQ(late.status, 0);
  EXPECT_FALSE(late.ambiguous);
  server_->stop();
  EXPECT_LE(open_descriptors(), before);
}

TEST_P(http_client_test, stop_may_be_called_from_a_callback) {
  auto ended = std::make_shared<std::promise<export_answer>>();
  server_->then({200, {}, "", fault::stall});
  std::future<export_answer> stalled = post(request_of("x"));
  ASSERT_TRUE(server_->wait_for(1));
  client_->post(request_of("y"), [&, ended](export_answer answer) {
    client_->stop();
    ended->set_value(std::move(answer));
  });
  EXPECT_EQ(ended->get_future().get().status, 200);
  EXPECT_EQ(stalled.get().status, 0);
  // Later tasks run after the descriptors' leave.
  for (int count = 0; count < 3; ++count) {
    const auto passed = std::make_shared<std::promise<void>>();
    reactor_->post([passed] { passed->set_value(); });
    passed->get_future().wait();
  }
}

TEST(logs_url, stands_where_metrics_would) {
  EXPECT_EQ(logs_url("http://h:4318"), "http://h:4318/v1/logs");
  EXPECT_EQ(logs_url("http://h/base/"), "http://h/base/v1/logs");
  EXPECT_EQ(logs_url("http://h/v1/metrics"), "http://h/v1/logs");
  EXPECT_EQ(logs_url("http://h/v1/logs?x=1"), "http://h/v1/logs?x=1");
}

TEST(metrics_url, appends_the_path_once) {
  EXPECT_EQ(metrics_url("http://h:4318"), "http://h:4318/v1/metrics");
  EXPECT_EQ(metrics_url("http://h:4318/"), "http://h:4318/v1/metrics");
  EXPECT_EQ(metrics_url("http://h/v1/metrics"), "http://h/v1/metrics");
  EXPECT_EQ(metrics_url("http://h/v1/metrics/"), "http://h/v1/metrics");
  EXPECT_EQ(metrics_url("http://h/opentelemetry"),
            "http://h/opentelemetry/v1/metrics");
  EXPECT_EQ(metrics_url("http://h/a?token=x"), "http://h/a/v1/metrics?token=x");
}

} // namespace
} // namespace pgmuster
