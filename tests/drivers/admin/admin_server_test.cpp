// The listener answers HTTP, survives what is not, and keeps its bounds.
#include "drivers/admin/admin_server.hpp"
#include "drivers/admin/errc.hpp"
#include "drivers/admin/http_get.hpp"

#include <gtest/gtest.h>

#include <arpa/inet.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

namespace pgmuster {
namespace {

std::unique_ptr<admin_server> start(admin_handlers handlers) {
  auto server = start_admin_server("127.0.0.1:0", std::move(handlers));
  EXPECT_TRUE(server) << describe(server.error());
  return server ? std::move(*server) : nullptr;
}

std::unique_ptr<admin_server> start() {
  return start({{"/healthz",
                 [] {
                   return admin_answer{200, "text/plain", "fine\n"};
                 }},
                {"/readyz", [] {
                   return admin_answer{503, "text/plain", "not yet\n"};
                 }}});
}

std::string url(const admin_server& server, const char* path) {
  return "http://127.0.0.1:" + std::to_string(server.port()) + path;
}

// A plain socket to the server: for what no HTTP client would send.
class raw_client {
public:
  explicit raw_client(std::uint16_t port)
    : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_port = htons(port);
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    connected_ =
      ::connect(socket_, reinterpret_cast<sockaddr*>(&at), sizeof at) == 0;
  }
  raw_client(raw_client&& other) noexcept
    : socket_(std::exchange(other.socket_, -1)), connected_(other.connected_) {}
  raw_client(const raw_client&) = delete;
  raw_client& operator=(const raw_client&) = delete;
  ~raw_client() {
    if (socket_ >= 0) {
      ::close(socket_);
    }
  }

  [[nodiscard]] bool connected() const { return connected_; }
  void send(const std::string& bytes) const {
    (void)::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
  }
  // Until the text is in, or the peer closes; at most 20 s a piece.
  [[nodiscard]] std::string read_until(const std::string& text) const {
    std::string got;
    while (got.find(text) == std::string::npos) {
      pollfd ready{socket_, POLLIN, 0};
      char piece[4'096];
      const ssize_t n = ::poll(&ready, 1, 20'000) == 1
                          ? ::recv(socket_, piece, sizeof piece, 0)
                          : -1;
      if (n <= 0) {
        break;
      }
      got.append(piece, static_cast<std::size_t>(n));
    }
    return got;
  }
  [[nodiscard]] std::string read_to_end() const {
    return read_until(std::string(1, '\0') + "never sent");
  }

private:
  int socket_;
  bool connected_ = false;
};

constexpr milliseconds patience{20'000};

TEST(admin_server, answers_a_get) {
  const auto server = start();
  const auto body = http_get(url(*server, "/healthz?verbose"), patience);
  ASSERT_TRUE(body) << describe(body.error());
  EXPECT_EQ(*body, "fine\n");
}

TEST(admin_server, keeps_the_connection_and_answers_head_without_a_body) {
  const auto server = start();
  const raw_client client{server->port()};
  client.send("HEAD /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n");
  const std::string head = client.read_until("\r\n\r\n");
  EXPECT_EQ(head.rfind("HTTP/1.1 200", 0), 0U) << head;
  EXPECT_NE(head.find("Content-Length: 5\r\n"), std::string::npos) << head;
  EXPECT_NE(head.find("Connection: keep-alive\r\n"), std::string::npos) << head;
  EXPECT_TRUE(head.ends_with("\r\n\r\n")) << head;
  client.send(
    "GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
  const std::string second = client.read_to_end();
  EXPECT_EQ(second.rfind("HTTP/1.1 200", 0), 0U) << second;
  EXPECT_NE(second.find("Connection: close\r\n"), std::string::npos);
  EXPECT_TRUE(second.ends_with("fine\n")) << second;
}

TEST(admin_server, refuses_what_is_too_long_or_not_http_and_goes_on) {
  const auto server = start();
  const std::string long_header(admin_request_bytes_max + 1'000, 'x');
  const std::vector<std::pair<std::string, std::string>> bad{
    {"GET /healthz HTTP/1.1\r\nA: " + long_header + "\r\n\r\n", "431"},
    {"GET /" + long_header + " HTTP/1.1\r\n\r\n", "431"},
    {"POST /healthz HTTP/1.1\r\nContent-Length: 999999999999\r\n\r\n", "413"},
    {"POST /healthz HTTP/1.1\r\nContent-Length: 2\r\n\r\nab", "405"},
    {"GET /healthz HTTP/9.9\r\n\r\n", "400"},
    {"\x16\x03\x01\x02\x01 this is TLS\r\n\r\n", "400"},
    {"GET /healthz HTTP/1.1\r\nContent-Length: -1\r\n\r\n", "400"},
    {"\r\n\r\n\r\n\r\n", "400"}};
  for (const auto& [request, status] : bad) {
    const raw_client client{server->port()};
    client.send(request);
    const std::string answer = client.read_until("\r\n\r\n");
    EXPECT_EQ(answer.rfind("HTTP/1.1 " + status, 0), 0U)
      << request.substr(0, 60) << "\n"
      << answer;
  }
  EXPECT_EQ(server->turned_away(), bad.size() - 1);
  EXPECT_TRUE(http_get(url(*server, "/healthz"), patience));
}

TEST(admin_server, survives_random_bytes) {
  const auto server = start();
  const auto seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random{seed};
  std::uniform_int_distribution<int> byte{0, 255};
  for (int i = 0; i < 100; ++i) {
    std::string noise = i % 2 == 0 ? "GET /healthz HTTP/1.1\r\n" : "";
    for (int j = 0; j < 300; ++j) {
      noise += static_cast<char>(byte(random));
    }
    const raw_client client{server->port()};
    client.send(noise);
  }
  EXPECT_TRUE(http_get(url(*server, "/healthz"), patience));
}

TEST(admin_server, answers_nobody_who_means_another_host) {
  auto server =
    start_admin_server("127.0.0.1:0",
                       {{"/healthz",
                         [] {
                           return admin_answer{200, "text/plain", "fine\n"};
                         }}},
                       {"pgmuster.internal"});
  ASSERT_TRUE(server);
  const auto status = [&](const std::string& host) {
    const raw_client client{(*server)->port()};
    client.send("GET /healthz HTTP/1.1\r\nHost: " + host + "\r\n\r\n");
    return client.read_until("\r\n\r\n").substr(0, 12);
  };
  EXPECT_EQ(status("localhost:9432"), "HTTP/1.1 200");
  EXPECT_EQ(status("pgmuster.internal"), "HTTP/1.1 200");
  EXPECT_EQ(status("rebound.example"), "HTTP/1.1 421");
  EXPECT_EQ((*server)->turned_away(), 1U);
}

TEST(admin_server, closes_connections_over_the_limit) {
  const auto server = start();
  std::vector<raw_client> idle;
  for (std::size_t i = 0; i < admin_connections_max; ++i) {
    idle.emplace_back(server->port());
    // Answered, so it is known to be one of those that are open.
    idle.back().send("GET /healthz HTTP/1.1\r\n\r\n");
    ASSERT_NE(idle.back().read_until("fine\n"), "");
  }
  const raw_client over{server->port()};
  EXPECT_EQ(over.read_to_end(), "");
  EXPECT_EQ(server->turned_away(), 1U);
  idle.pop_back();
  // The end of that one is noticed in the order of arrival or soon after.
  bool again = false;
  for (int i = 0; i < 1'000 && !again; ++i) {
    again = http_get(url(*server, "/healthz"), patience).has_value();
  }
  EXPECT_TRUE(again);
}

TEST(admin_server, stops_with_connections_open_and_frees_its_port) {
  auto server = start();
  const std::uint16_t port = server->port();
  const raw_client client{port};
  client.send("GET /healthz HTTP/1.1\r\n\r\n");
  ASSERT_NE(client.read_until("fine\n"), "");
  server->stop();
  server->stop();
  EXPECT_FALSE(raw_client{port}.connected());
  server.reset();
  EXPECT_EQ(client.read_to_end(), "");
}

TEST(admin_server, an_address_in_use_is_named) {
  const auto server = start();
  const std::string listen = "127.0.0.1:" + std::to_string(server->port());
  const auto second = start_admin_server(listen, {});
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, admin_errc::address_in_use);
  EXPECT_NE(describe(second.error()).find(listen), std::string::npos);
}

TEST(admin_server, an_address_of_another_machine_is_no_address) {
  const auto server = start_admin_server("192.0.2.1:0", {});
  ASSERT_FALSE(server);
  EXPECT_EQ(server.error().code, admin_errc::no_such_address);
}

TEST(http_get, tells_failures_apart) {
  auto server = start();
  const auto status = http_get(url(*server, "/readyz"), patience);
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, admin_errc::bad_status);
  EXPECT_NE(status.error().context.find("503 (not yet)"), std::string::npos)
    << status.error().context;
  const std::string gone = url(*server, "/healthz");
  server.reset();
  EXPECT_EQ(http_get(gone, patience).error().code, admin_errc::unreachable);
  EXPECT_EQ(http_get("file:///etc/hostname", patience).error().code,
            admin_errc::bad_url);
}

TEST(http_get, gives_up_on_a_server_that_says_nothing) {
  const int silent = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in at{};
  at.sin_family = AF_INET;
  at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof at;
  ASSERT_EQ(::bind(silent, reinterpret_cast<sockaddr*>(&at), length), 0);
  ASSERT_EQ(::listen(silent, 4), 0);
  ASSERT_EQ(::getsockname(silent, reinterpret_cast<sockaddr*>(&at), &length),
            0);
  const auto answer =
    http_get("http://127.0.0.1:" + std::to_string(ntohs(at.sin_port)) + "/",
             milliseconds{50});
  ::close(silent);
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, admin_errc::timed_out);
}

} // namespace
} // namespace pgmuster
