// The only file of the sink that knows Boost.Beast.
#include "loadtest/sink/sink_server.hpp"

#include "loadtest/errc.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>

#include <csignal>
#include <memory>
#include <optional>
#include <utility>

namespace pgmuster::loadtest {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using tcp = asio::ip::tcp;
using boost::system::error_code;

struct shared_state {
  intake& into;
  const clock_source& clock;
  std::size_t connections = 0;
};

std::string_view view(boost::core::string_view text) {
  return {text.data(), text.size()};
}

constexpr std::string_view logs_path = "/v1/logs";

bool is_export(std::string_view path) {
  return path == "/v1/metrics" || path == logs_path;
}

/// Not HTTP, and never will be.
constexpr std::string_view garbage_bytes = "\x16\x03\x01 this is no answer\r\n";

class connection final : public std::enable_shared_from_this<connection> {
public:
  connection(tcp::socket socket, shared_state& state)
    : socket_(std::move(socket)), state_(&state) {
    ++state_->connections;
  }
  ~connection() { --state_->connections; }
  connection(const connection&) = delete;
  connection& operator=(const connection&) = delete;

  void read_header() {
    request_.emplace();
    request_->body_limit(request_bytes_max);
    http::async_read_header(
      socket_, buffer_, *request_,
      [self = shared_from_this()](error_code why, std::size_t) {
        if (!why) {
          self->on_header();
        }
      });
  }

private:
  [[nodiscard]] std::string_view encoding() const {
    return view(request_->get()[http::field::content_encoding]);
  }

  void on_header() {
    const auto& head = request_->get();
    if (head.method() == http::verb::post && is_export(view(head.target()))
        && state_->into.meet(encoding(), request_->content_length().value_or(0),
                             state_->clock.wall())
             == misdeed::reset) {
      reset_in_mid_body();
      return;
    }
    http::async_read(socket_, buffer_, *request_,
                     [self = shared_from_this()](error_code why, std::size_t) {
                       if (!why) {
                         self->on_request();
                       } else if (why == http::error::body_limit) {
                         self->send(413, "too large\n", false);
                       }
                     });
  }

  void on_request() {
    const auto& head = request_->get();
    const auto path = view(head.target());
    const bool keep = request_->keep_alive();
    const auto now = state_->clock.wall();
    if (is_export(path) && head.method() == http::verb::post) {
      take_export(keep, path == logs_path ? signal::logs : signal::metrics);
    } else if (path == "/begin") {
      state_->into.begin(now);
      state_->into.forget_ages();
      send(200, "{}", keep);
    } else if (path == "/end") {
      state_->into.end(now);
      send(200, "{}", keep);
    } else if (path == "/report" && head.method() == http::verb::get) {
      send(200, report_json(state_->into, now), keep);
    } else {
      send(404,
           "POST /v1/metrics, POST /v1/logs, GET /begin, GET /end, "
           "GET /report\n",
           keep);
    }
  }

  void take_export(bool keep, signal carries) {
    auto answer = state_->into.take(encoding(), request_->get().body(),
                                    state_->clock.wall(), carries);
    switch (answer.deed) {
    case misdeed::stall:
      wait_for_the_end();
      return;
    case misdeed::take_and_reset:
      reset();
      return;
    case misdeed::garbage:
      asio::async_write(
        socket_, asio::buffer(garbage_bytes),
        [self = shared_from_this()](error_code, std::size_t) {});
      return;
    default:
      response_.set(http::field::content_type, "application/x-protobuf");
      if (!answer.retry_after.empty()) {
        response_.set(http::field::retry_after, answer.retry_after);
      }
      send(answer.status, std::move(answer.body), keep);
    }
  }

  void send(int status, std::string body, bool keep) {
    response_.result(static_cast<unsigned>(status));
    response_.version(11);
    response_.body() = std::move(body);
    response_.keep_alive(keep);
    response_.prepare_payload();
    http::async_write(
      socket_, response_,
      [self = shared_from_this(), keep](error_code why, std::size_t) {
        self->response_ = {};
        if (!why && keep) {
          self->read_header();
        }
      });
  }

  /// Some of the body has to have come, or it would be before the body.
  void reset_in_mid_body() {
    socket_.async_read_some(
      asio::buffer(scratch_),
      [self = shared_from_this()](error_code, std::size_t) { self->reset(); });
  }

  void reset() {
    error_code ignored;
    socket_.set_option(asio::socket_base::linger{true, 0}, ignored);
    socket_.close(ignored);
  }

  /// Without an answer, until the peer has had enough.
  void wait_for_the_end() {
    socket_.async_read_some(
      asio::buffer(scratch_),
      [self = shared_from_this()](error_code why, std::size_t) {
        if (!why) {
          self->wait_for_the_end();
        }
      });
  }

  tcp::socket socket_;
  shared_state* state_;
  beast::flat_buffer buffer_;
  std::array<char, 1024> scratch_{};
  std::optional<http::request_parser<http::string_body>> request_;
  http::response<http::string_body> response_;
};

class server {
public:
  server(asio::io_context& io, shared_state& state)
    : acceptor_(io), state_(&state) {}

  error_code open(const sink_address& at) {
    error_code why;
    const auto ip = asio::ip::make_address(at.host, why);
    if (!why) {
      acceptor_.open(ip.is_v6() ? tcp::v6() : tcp::v4(), why);
    }
    if (!why) {
      acceptor_.set_option(asio::socket_base::reuse_address(true), why);
    }
    if (!why) {
      acceptor_.bind({ip, at.port}, why);
    }
    if (!why) {
      acceptor_.listen(asio::socket_base::max_listen_connections, why);
    }
    return why;
  }
  [[nodiscard]] std::uint16_t port() const {
    return acceptor_.local_endpoint().port();
  }

  void accept() {
    acceptor_.async_accept([this](error_code why, tcp::socket socket) {
      if (why == asio::error::operation_aborted) {
        return;
      }
      if (!why && state_->connections < sink_connections_max) {
        error_code ignored;
        socket.set_option(tcp::no_delay{true}, ignored);
        std::make_shared<connection>(std::move(socket), *state_)->read_header();
      }
      accept();
    });
  }

private:
  tcp::acceptor acceptor_;
  shared_state* state_;
};

} // namespace

result<void> serve_sink(const sink_address& at,
                        intake& into,
                        const clock_source& clock,
                        const std::function<void(std::uint16_t)>& listening) {
  try {
    // Connections refer to the state until the context lets them go.
    shared_state state{into, clock, 0};
    asio::io_context io{1};
    asio::signal_set ending{io, SIGTERM, SIGINT};
    ending.async_wait([&io](error_code, int) { io.stop(); });
    server serving{io, state};
    if (const error_code why = serving.open(at)) {
      return fail(loadtest_errc::cannot_listen, at.host + ":"
                                                  + std::to_string(at.port)
                                                  + ": " + why.message());
    }
    serving.accept();
    listening(serving.port());
    io.run();
    return {};
  } catch (const std::exception& why) { // no epoll, no memory
    return fail(loadtest_errc::cannot_listen, why.what());
  }
}

} // namespace pgmuster::loadtest
