// An exporter before a destination that answers as it is told: what is refused
// is found and put aside, what is learned is kept, and the books say so.
#include "actors/exporter_actor.hpp"
#include "actors/services.hpp"
#include "codec/otlp_decode.hpp"
#include "codec/otlp_encode.hpp"

#include <gtest/gtest.h>

#include <future>
#include <mutex>
#include <set>

namespace pgmuster {
namespace {

/// The values of a request's points.
class value_reader final : public otlp_reader {
public:
  std::vector<std::int64_t> values;

private:
  void on_resource(std::span<const received_attribute> /*of*/) override {}
  void on_metric(const received_metric& /*what*/) override {}
  void on_point(const received_point& point) override {
    values.push_back(point.value.integer);
  }
};

std::vector<std::int64_t> values_in(compression how, const std::string& body) {
  value_reader reader;
  otlp_decoder decoder;
  const auto plain = decompress(how, body, 1'000'000);
  EXPECT_TRUE(plain && decoder.decode(*plain, reader));
  return reader.values;
}

compression compression_of(const http_request& request) {
  return request.content_encoding == "zstd"   ? compression::zstd
         : request.content_encoding == "gzip" ? compression::gzip
                                              : compression::none;
}

export_answer answer_of(int status) {
  export_answer made;
  made.status = status;
  return made;
}

export_answer refusal(int status, std::string words) {
  auto made = answer_of(status);
  made.body = std::move(words);
  made.content_type = "text/plain";
  return made;
}

export_answer lost_answer() {
  export_answer made;
  made.failure = "reset";
  made.ambiguous = true;
  return made;
}

/// Answers at once, on the caller's thread.
class scripted_destination final : public http_client {
public:
  std::function<export_answer(const http_request&)> answers =
    [](const http_request&) { return answer_of(200); };

  void post(http_request request,
            std::function<void(export_answer)> done) override {
    export_answer answer;
    {
      const std::lock_guard lock{mutex_};
      answer = answers(request);
      if (answer.status == 200) {
        const auto values = values_in(compression_of(request), *request.body);
        taken_.insert(taken_.end(), values.begin(), values.end());
      }
      requests_.push_back(std::move(request));
    }
    done(std::move(answer));
  }
  void stop() override {}

  std::vector<http_request> requests() const {
    const std::lock_guard lock{mutex_};
    return requests_;
  }
  std::vector<std::int64_t> taken() const {
    const std::lock_guard lock{mutex_};
    return taken_;
  }

private:
  mutable std::mutex mutex_;
  std::vector<http_request> requests_;
  std::vector<std::int64_t> taken_;
};

std::vector<std::int64_t> numbers(std::int64_t from, std::int64_t until) {
  std::vector<std::int64_t> made;
  for (auto one = from; one < until; ++one) {
    made.push_back(one);
  }
  return made;
}

class exporter : public testing::Test {
protected:
  exporter() {
    std::string why;
    loop_ = std::move(start_reactor(reactor_choice::epoll, why).value());
    log_ = make_log_sink({log_level::error, log_format::text},
                         system_clock_source());
    shared_->clock = &system_clock_source();
    shared_->loop = loop_.get();
    shared_->http = &to_;
    shared_->metrics = &metrics_;
    shared_->log = log_.get();
    shared_->shard_counted[{route_name{"main"}, 0}].received_by_lane.resize(1);
    otlp_.url = "http://127.0.0.1:1";
    otlp_.retry.first = milliseconds{1};
    otlp_.retry.longest = milliseconds{2};
    otlp_.breaker.open_first = milliseconds{1};
    otlp_.breaker.open_longest = milliseconds{2};
    cafc::configure(settings_, 1);
    system_ = std::make_unique<caf::actor_system>(settings_);
  }
  ~exporter() override {
    caf::anon_send_exit(actor_, caf::exit_reason::kill);
    actor_ = nullptr;
    system_.reset();
    loop_->stop();
  }

  void keep_refused() {
    shared_->quarantine = [this](std::shared_ptr<const frame> what,
                                 std::string words,
                                 std::function<void(result<void>)> done) {
      const auto values = values_in(what->encoding, what->payload);
      put_aside_.insert(put_aside_.end(), values.begin(), values.end());
      words_ = std::move(words);
      done(quarantine_works_ ? result<void>{}
                             : result<void>{error{{}, "no room"}});
    };
  }

  /// A frame of these values, one point each.
  void offer(const std::vector<std::int64_t>& values,
             const std::string& tenant = "acme",
             wall_time newest = system_clock_source().wall()) {
    start();
    auto made = std::make_shared<frame>();
    made->tenant = tenant_id{tenant};
    made->route = route_name{"main"};
    made->encoding = otlp_.encoding;
    made->points = values.size();
    made->oldest = newest;
    made->newest = newest;
    auto layout = std::make_shared<block_layout>();
    layout->metrics.push_back({"m", "{x}", "", instrument::gauge, false});
    layout->columns.push_back({0, {}});
    point_block block{std::move(layout), {}};
    for (const auto value : values) {
      point_row row;
      row.values = {number::of(value)};
      block.rows.push_back(std::move(row));
    }
    made->payload =
      packer_.compress(otlp_.encoding, encoder_.encode({}, {block}).bytes)
        .value();
    auto lease = std::make_shared<delivery_lease>(
      shared_->books.delivery(made->tenant, made->route));
    lease->enter(values.size(), 0);
    lease->framed(values.size());
    cafc::tell(actor_, frame_ready{std::move(made), std::move(lease), 0});
  }

  /// Waits until the exporter has nothing left.
  void drain() {
    const auto done = std::make_shared<std::promise<void>>();
    cafc::tell(actor_, drain_exports{system_clock_source().mono() + seconds{20},
                                     std::make_shared<std::function<void()>>(
                                       [done] { done->set_value(); })});
    ASSERT_EQ(done->get_future().wait_for(seconds{20}),
              std::future_status::ready);
    for (const auto& one : shared_->books.view()) {
      for (const auto& [route, book] : one.delivery) {
        EXPECT_TRUE(book.balanced());
        EXPECT_EQ(book.in_flight, 0U);
      }
    }
  }

  delivery_view book() {
    return shared_->books.delivery(tenant_id{"acme"}, route_name{"main"})
      ->view();
  }
  std::uint64_t dropped(drop_reason why) {
    return book().dropped[static_cast<std::size_t>(why)];
  }

  otlp_destination otlp_;
  scripted_destination to_;
  std::shared_ptr<services> shared_ = std::make_shared<services>();
  bool quarantine_works_ = true;
  std::vector<std::int64_t> put_aside_;
  std::string words_;

private:
  void start() {
    if (!actor_) {
      actor_ = system_->spawn<exporter_actor>(
        shared_, route_config{route_name{"main"}, otlp_, {}}, std::size_t{0});
    }
  }

  std::unique_ptr<reactor> loop_;
  std::unique_ptr<log_sink> log_;
  self_metrics metrics_;
  otlp_encoder encoder_;
  compressor packer_;
  caf::actor_system_config settings_;
  std::unique_ptr<caf::actor_system> system_;
  caf::actor actor_;
};

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
  EXPECT_EQ(words_, "a value of no good");
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
