// The only place that knows Boost.Beast: connections, their limits, one thread.
#include "drivers/admin/admin_server.hpp"

#include "drivers/admin/errc.hpp"
#include "drivers/admin/known_host.hpp"
#include "drivers/admin/listen_address.hpp"
#include "drivers/admin/request_answer.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ip/v6_only.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>

#include <atomic>
#include <optional>
#include <thread>
#include <utility>

namespace pgmuster {

namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using tcp = asio::ip::tcp;
using boost::system::error_code;

/// What all connections share. Outlives the io_context that owns them.
struct shared_state {
  admin_handlers handlers;
  std::string listen;
  std::vector<std::string> hosts;
  std::size_t connections = 0;
  std::atomic<std::uint64_t> turned_away{0};
};

http::response<http::string_body>
to_response(admin_answer answer, unsigned version, bool keep) {
  const bool known = answer.status >= 100 && answer.status <= 599;
  http::response<http::string_body> response;
  response.result(static_cast<unsigned>(known ? answer.status : 500));
  response.version(version);
  response.set(http::field::content_type, answer.content_type);
  response.set(http::field::cache_control, "no-store");
  response.set("X-Content-Type-Options", "nosniff");
  // The page is self-contained; a server's words must never become more.
  response.set("Content-Security-Policy",
               "default-src 'none'; style-src 'unsafe-inline'; "
               "script-src 'unsafe-inline'; connect-src 'self'; "
               "img-src data:; frame-ancestors 'none'");
  if (answer.status == 405) {
    response.set(http::field::allow, "GET, HEAD");
  }
  response.body() = std::move(answer.body);
  response.prepare_payload();
  response.keep_alive(keep);
  // Said outright, since HTTP/1.1 would leave it out.
  response.set(http::field::connection, keep ? "keep-alive" : "close");
  return response;
}

/// One connection: read, answer, again. Lives as long as something is pending.
class connection final : public std::enable_shared_from_this<connection> {
public:
  connection(tcp::socket socket, shared_state& state)
    : stream_(std::move(socket)), state_(&state) {
    ++state_->connections;
  }
  ~connection() { --state_->connections; }
  connection(const connection&) = delete;
  connection& operator=(const connection&) = delete;

  void read() {
    request_.emplace();
    request_->header_limit(admin_request_bytes_max);
    request_->body_limit(admin_request_bytes_max);
    stream_.expires_after(admin_request_time_max);
    http::async_read(stream_, buffer_, *request_,
                     [self = shared_from_this()](error_code why, std::size_t) {
                       self->on_read(why);
                     });
  }

private:
  void on_read(error_code why) {
    if (why) {
      on_bad_read(why);
      return;
    }
    const auto& request = request_->get();
    const auto host = request[http::field::host];
    if (!is_known_host({host.data(), host.size()}, state_->listen,
                       state_->hosts)) {
      refuse(421, "this host is not one of ours: add it to admin.hosts");
      return;
    }
    const std::string_view method{request.method_string().data(),
                                  request.method_string().size()};
    const std::string_view target{request.target().data(),
                                  request.target().size()};
    send(answer_request(state_->handlers, method, target),
         {request.version(), request.keep_alive(),
          request.method() == http::verb::head});
  }

  void on_bad_read(error_code why) {
    if (why == http::error::header_limit) {
      refuse(431, "the request's header is too long");
    } else if (why == http::error::body_limit) {
      refuse(413, "the request's body is too long");
    } else if (why.category()
                 == http::make_error_code(http::error::bad_method).category()
               && why != http::error::end_of_stream
               && why != http::error::partial_message) {
      refuse(400, "not HTTP");
    }
    // Else the peer went away or was too slow: nobody to tell.
  }

  void refuse(int status, std::string_view words) {
    state_->turned_away.fetch_add(1, std::memory_order_relaxed);
    send(refusal(status, words), {11, false, false});
  }

  struct manner {
    unsigned version = 11;
    bool keep = false;
    bool head = false;
  };

  void send(admin_answer answer, manner how) {
    response_ = to_response(std::move(answer), how.version, how.keep);
    stream_.expires_after(admin_request_time_max);
    auto done = [self = shared_from_this(), keep = how.keep](
                  error_code why, std::size_t) { self->on_sent(why, keep); };
    if (how.head) {
      // Content-Length speaks of the body that a GET would have brought.
      head_.emplace(response_);
      http::async_write_header(stream_, *head_, std::move(done));
    } else {
      http::async_write(stream_, response_, std::move(done));
    }
  }

  void on_sent(error_code why, bool keep) {
    if (why) {
      return;
    }
    if (keep) {
      read();
      return;
    }
    error_code ignored;
    stream_.socket().shutdown(tcp::socket::shutdown_send, ignored);
    drain();
  }

  // Closing with unread bytes would make the kernel reset the connection and
  // the peer lose the answer: read what is left, within the same deadline.
  void drain() {
    if (drained_ > admin_request_bytes_max * 4) {
      return;
    }
    buffer_.clear();
    stream_.async_read_some(
      buffer_.prepare(4'096),
      [self = shared_from_this()](error_code why, std::size_t bytes) {
        self->drained_ += bytes;
        if (!why) {
          self->drain();
        }
      });
  }

  beast::tcp_stream stream_;
  shared_state* state_;
  beast::flat_buffer buffer_{admin_request_bytes_max * 2};
  std::optional<http::request_parser<http::string_body>> request_;
  http::response<http::string_body> response_;
  std::optional<http::response_serializer<http::string_body>> head_;
  std::size_t drained_ = 0;
};

class beast_server final : public admin_server {
public:
  beast_server(admin_handlers handlers,
               std::string listen,
               std::vector<std::string> hosts) {
    state_.handlers = std::move(handlers);
    state_.listen = std::move(listen);
    state_.hosts = std::move(hosts);
  }
  ~beast_server() override { stop(); }
  beast_server(const beast_server&) = delete;
  beast_server& operator=(const beast_server&) = delete;

  error_code open(const tcp::endpoint& at) {
    error_code why;
    acceptor_.open(at.protocol(), why);
    if (!why) {
      acceptor_.set_option(asio::socket_base::reuse_address(true), why);
    }
    if (!why && at.address().is_v6()) {
      acceptor_.set_option(asio::ip::v6_only{true}, why);
    }
    if (!why) {
      acceptor_.bind(at, why);
    }
    if (!why) {
      acceptor_.listen(asio::socket_base::max_listen_connections, why);
    }
    if (!why) {
      port_ = acceptor_.local_endpoint(why).port();
    }
    return why;
  }

  void start() {
    accept();
    thread_ = std::thread{[this] { io_.run(); }};
  }

  [[nodiscard]] std::uint16_t port() const noexcept override { return port_; }

  [[nodiscard]] std::uint64_t turned_away() const noexcept override {
    return state_.turned_away.load(std::memory_order_relaxed);
  }

  void stop() override {
    io_.stop();
    if (thread_.joinable()) {
      thread_.join();
    }
    error_code ignored;
    acceptor_.close(ignored);
  }

private:
  void accept() {
    acceptor_.async_accept([this](error_code why, tcp::socket socket) {
      if (why) {
        pause();
        return;
      }
      if (state_.connections >= admin_connections_max) {
        state_.turned_away.fetch_add(1, std::memory_order_relaxed);
      } else {
        std::make_shared<connection>(std::move(socket), state_)->read();
      }
      accept();
    });
  }

  // Without a descriptor to spare, accepting again at once would only spin.
  void pause() {
    breath_.expires_after(std::chrono::milliseconds{100});
    breath_.async_wait([this](error_code why) {
      if (!why) {
        accept();
      }
    });
  }

  shared_state state_;
  asio::io_context io_{1};
  tcp::acceptor acceptor_{io_};
  asio::steady_timer breath_{io_};
  std::uint16_t port_ = 0;
  std::thread thread_;
};

result<tcp::endpoint> endpoint_of(const std::string& listen) {
  const auto address = parse_listen_address(listen);
  if (!address) {
    return address.error();
  }
  error_code why;
  const auto ip = asio::ip::make_address(address->host, why);
  if (!why) {
    return tcp::endpoint{ip, address->port};
  }
  asio::io_context io;
  tcp::resolver resolver{io};
  const auto found =
    resolver.resolve(address->host, std::to_string(address->port), why);
  if (why || found.empty()) {
    return fail(admin_errc::no_such_address, listen);
  }
  return found.begin()->endpoint();
}

admin_errc reason_of(error_code why) {
  if (why == asio::error::address_in_use) {
    return admin_errc::address_in_use;
  }
  return why == boost::system::errc::address_not_available
           ? admin_errc::no_such_address
           : admin_errc::cannot_listen;
}

} // namespace

result<std::unique_ptr<admin_server>>
start_admin_server(const std::string& listen,
                   admin_handlers handlers,
                   std::vector<std::string> hosts) {
  const auto at = endpoint_of(listen);
  if (!at) {
    return at.error();
  }
  try {
    auto server = std::make_unique<beast_server>(std::move(handlers), listen,
                                                 std::move(hosts));
    if (const error_code why = server->open(*at)) {
      return fail(reason_of(why), "the admin address " + listen);
    }
    server->start();
    return std::unique_ptr<admin_server>{std::move(server)};
  } catch (const std::exception& why) { // no thread, no memory, no epoll
    return fail(admin_errc::cannot_listen, listen + ": " + why.what());
  }
}

} // namespace pgmuster
