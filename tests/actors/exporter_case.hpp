// An exporter before a destination that answers as it is told, and its log.
#pragma once

#include "actors/exporter_actor.hpp"
#include "actors/services.hpp"
#include "codec/otlp_decode.hpp"
#include "codec/otlp_encode.hpp"

#include <gtest/gtest.h>

#include <condition_variable>
#include <future>
#include <mutex>

namespace pgmuster {

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

inline std::vector<std::int64_t> values_in(compression how,
                                           const std::string& body) {
  value_reader reader;
  otlp_decoder decoder;
  const auto plain = decompress(how, body, 1'000'000);
  EXPECT_TRUE(plain && decoder.decode(*plain, reader));
  return reader.values;
}

inline compression compression_of(const http_request& request) {
  return request.content_encoding == "zstd"   ? compression::zstd
         : request.content_encoding == "gzip" ? compression::gzip
                                              : compression::none;
}

inline export_answer answer_of(int status) {
  export_answer made;
  made.status = status;
  return made;
}

inline export_answer refusal(int status, std::string words) {
  auto made = answer_of(status);
  made.body = std::move(words);
  made.content_type = "text/plain";
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

inline std::vector<std::int64_t> numbers(std::int64_t from,
                                         std::int64_t until) {
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
    log_output into;
    into.write = [this](std::string_view line) {
      const std::lock_guard lock{lines_mutex_};
      lines_ += line;
      logged_.notify_all();
      return true;
    };
    log_ = make_log_sink({log_level::info, log_format::text},
                         system_clock_source(), std::move(into));
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

  /// Looks again at each line of the log, and now and then, with a bound.
  bool becomes_true(const std::function<bool(const std::string& log)>& what) {
    std::unique_lock lock{lines_mutex_};
    const auto until = system_clock_source().mono() + seconds{20};
    while (!what(lines_) && system_clock_source().mono() < until) {
      logged_.wait_for(lock, milliseconds{5});
    }
    return what(lines_);
  }
  bool is_logged(const std::string& words) {
    return becomes_true([&](const std::string& log) {
      return log.find(words) != std::string::npos;
    });
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
  std::mutex lines_mutex_;
  std::condition_variable logged_;
  std::string lines_;

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

} // namespace pgmuster
