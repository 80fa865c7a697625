// TLS, HTTP/2 and proxies against programs that others wrote: nghttpx before a
// receiver, tinyproxy on the way to it.
#include "drivers/otlp/http_client.hpp"
#include "tests/support/http/http_receiver.hpp"
#include "tests/support/http/listening_program.hpp"
#include "tests/support/postgres/certificates.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <future>
#include <set>
#include <sstream>

namespace pgmuster {
namespace {

using test::authority;
using test::http_receiver;
using test::listening_program;

constexpr auto not_installed =
  " is not installed: deploy/install-dependencies tests";

class http_secure : public testing::Test {
protected:
  http_secure() {
    for (const char* const name : {"http_proxy", "HTTP_PROXY", "https_proxy",
                                   "HTTPS_PROXY", "ALL_PROXY", "all_proxy"}) {
      ::unsetenv(name);
    }
    std::string place = "/tmp/pgmuster-http-XXXXXX";
    folder_ = ::mkdtemp(place.data());
    std::string why;
    reactor_ = std::move(start_reactor(reactor_choice::automatic, why).value());
    client_ = start_http_client(*reactor_);
  }
  ~http_secure() override {
    client_->stop();
    client_.reset();
    reactor_->stop();
    server_.stop();
    std::filesystem::remove_all(folder_);
  }

  std::string write(const std::string& name, const std::string& text) {
    const auto path = folder_ / name;
    std::ofstream{path} << text;
    return path;
  }
  std::string read(const std::string& name) const {
    std::ostringstream text;
    text << std::ifstream{folder_ / name}.rdbuf();
    return text.str();
  }

  /// TLS and HTTP/2 to the outside, HTTP/1.1 to the receiver.
  void start_front(const std::vector<std::string>& more = {}) {
    const auto made = root_.issue();
    std::vector<std::string> command{
      "nghttpx",
      "--single-process",
      "--no-ocsp",
      "--accesslog-file=" + (folder_ / "access").string(),
      "--accesslog-format=$remote_port $alpn $tls_protocol",
      "-f127.0.0.1," + std::to_string(front_port_),
      "-b127.0.0.1," + std::to_string(server_.port())};
    command.insert(command.end(), more.begin(), more.end());
    command.push_back(write("front.key", made.key));
    command.push_back(write("front.pem", made.certificate));
    front_ = std::make_unique<listening_program>(command, front_port_,
                                                 folder_ / "front.log");
    ASSERT_TRUE(front_->listens()) << "nghttpx" << not_installed << "\n"
                                   << read("front.log");
  }

  void start_proxy(const std::string& more = {}) {
    const auto file = write(
      "tinyproxy.conf", "Port " + std::to_string(proxy_port_)
                          + "\nListen 127.0.0.1\nLogLevel Connect\n" + more);
    proxy_ = std::make_unique<listening_program>(
      std::vector<std::string>{"tinyproxy", "-d", "-c", file}, proxy_port_,
      folder_ / "proxy.log");
    ASSERT_TRUE(proxy_->listens()) << "tinyproxy" << not_installed << "\n"
                                   << read("proxy.log");
  }

  http_request secure_request() {
    auto request = plain_request();
    request.url =
      "https://localhost:" + std::to_string(front_port_) + "/v1/metrics";
    request.tls.roots = write("roots.pem", root_.certificate());
    return request;
  }
  http_request plain_request() const {
    http_request request;
    request.url = server_.url() + "/v1/metrics";
    request.body = std::make_shared<const std::string>("points");
    request.timeout = seconds{60};
    request.proxy = secret_string{};
    return request;
  }
  secret_string proxy_url(const std::string& user = {}) const {
    return secret_string{"http://" + user
                         + "127.0.0.1:" + std::to_string(proxy_port_)};
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

  std::filesystem::path folder_;
  authority root_{"pgmuster test"};
  http_receiver server_;
  std::uint16_t front_port_ = test::free_port();
  std::uint16_t proxy_port_ = test::free_port();
  std::unique_ptr<listening_program> front_;
  std::unique_ptr<listening_program> proxy_;
  std::unique_ptr<reactor> reactor_;
  std::unique_ptr<http_client> client_;
};

TEST_F(http_secure, many_requests_share_one_connection_of_http_2) {
  ASSERT_NO_FATAL_FAILURE(start_front());
  ASSERT_EQ(answer_to(secure_request()).status, 200);
  std::vector<std::future<export_answer>> answers;
  for (int i = 0; i < 20; ++i) {
    answers.push_back(post(secure_request()));
  }
  for (auto& one : answers) {
    EXPECT_EQ(one.get().status, 200);
  }
  for (const auto& seen : server_.requests()) {
    EXPECT_EQ(seen.body, "points");
    EXPECT_TRUE(seen.headers.at("via").starts_with("2 ")) << "HTTP/2";
  }
  // So that the log is whole.
  front_.reset();
  std::istringstream lines{read("access")};
  std::set<std::string> connections;
  std::string line;
  while (std::getline(lines, line)) {
    connections.insert(line.substr(0, line.find(' ')));
    EXPECT_NE(line.find("h2 TLSv1.3"), std::string::npos) << line;
  }
  EXPECT_EQ(connections.size(), 1U) << read("access");
}

TEST_F(http_secure, a_new_connection_is_made_where_it_is_asked_for) {
  ASSERT_NO_FATAL_FAILURE(start_front());
  for (int i = 0; i < 3; ++i) {
    auto request = secure_request();
    request.fresh_connection = true;
    ASSERT_EQ(answer_to(std::move(request)).status, 200);
  }
  front_.reset();
  std::istringstream lines{read("access")};
  std::set<std::string> connections;
  std::string line;
  while (std::getline(lines, line)) {
    connections.insert(line.substr(0, line.find(' ')));
  }
  EXPECT_EQ(connections.size(), 3U) << read("access");
}

TEST_F(http_secure, tls_1_3_is_demanded_unless_1_2_is_allowed) {
  ASSERT_NO_FATAL_FAILURE(start_front({"--tls-max-proto-version=TLSv1.2"}));
  const auto refused = answer_to(secure_request());
  EXPECT_EQ(refused.status, 0);
  EXPECT_FALSE(refused.ambiguous) << "nothing was sent";
  EXPECT_NE(refused.failure.find("protocol version"), std::string::npos)
    << refused.failure;
  auto older = secure_request();
  older.tls.least = route_tls::version::tls_1_2;
  EXPECT_EQ(answer_to(std::move(older)).status, 200);
}

TEST_F(http_secure, only_a_trusted_root_may_vouch_for_the_destination) {
  ASSERT_NO_FATAL_FAILURE(start_front());
  auto strange = secure_request();
  strange.tls.roots = write("others.pem", authority{"other"}.certificate());
  const auto refused = answer_to(std::move(strange));
  EXPECT_EQ(refused.status, 0);
  EXPECT_NE(refused.failure.find("certificate"), std::string::npos)
    << refused.failure;
  auto none = secure_request();
  none.tls.roots.clear();
  EXPECT_EQ(answer_to(std::move(none)).status, 0)
    << "this system's roots do not know it";
  auto missing = secure_request();
  missing.tls.roots = folder_ / "missing.pem";
  EXPECT_NE(answer_to(std::move(missing)).failure.find("missing.pem"),
            std::string::npos);
  auto other_name = secure_request();
  other_name.url = "https://127.0.0.2:" + std::to_string(front_port_);
  EXPECT_EQ(answer_to(std::move(other_name)).status, 0);
  EXPECT_EQ(server_.requests().size(), 0U);
}

TEST_F(http_secure, shows_a_certificate_to_whoever_asks_for_one) {
  const authority clients{"clients"};
  ASSERT_NO_FATAL_FAILURE(start_front(
    {"--verify-client",
     "--verify-client-cacert=" + write("clients.pem", clients.certificate())}));
  EXPECT_EQ(answer_to(secure_request()).status, 0);
  const auto own = clients.issue({"pgmuster", "", -1, 30});
  auto shown = secure_request();
  shown.tls.certificate = write("own.pem", own.certificate);
  shown.tls.key = write("own.key", own.key);
  const auto answer = answer_to(shown);
  EXPECT_EQ(answer.status, 200) << answer.failure;
  auto stranger = shown;
  const auto other = authority{"strangers"}.issue({"pgmuster", "", -1, 30});
  stranger.tls.certificate = write("other.pem", other.certificate);
  stranger.tls.key = write("other.key", other.key);
  EXPECT_EQ(answer_to(std::move(stranger)).status, 0);
}

TEST_F(http_secure, goes_by_the_proxy_it_is_given_with_and_without_tls) {
  ASSERT_NO_FATAL_FAILURE(start_front());
  ASSERT_NO_FATAL_FAILURE(start_proxy());
  auto plain = plain_request();
  plain.proxy = proxy_url();
  EXPECT_EQ(answer_to(std::move(plain)).status, 200);
  ASSERT_EQ(server_.requests().size(), 1U);
  EXPECT_NE(server_.requests()[0].headers.at("via").find("tinyproxy"),
            std::string::npos);
  auto secure = secure_request();
  secure.proxy = proxy_url();
  EXPECT_EQ(answer_to(std::move(secure)).status, 200);
  ASSERT_EQ(server_.requests().size(), 2U);
  EXPECT_TRUE(server_.requests()[1].headers.at("via").starts_with("2 "))
    << "HTTP/2 through the tunnel";
  proxy_.reset();
  EXPECT_NE(read("proxy.log").find("CONNECT localhost:"), std::string::npos)
    << read("proxy.log");
}

TEST_F(http_secure, a_proxy_that_wants_a_password_gets_it_and_shows_it_nobody) {
  ASSERT_NO_FATAL_FAILURE(start_proxy("BasicAuth me geheim7\n"));
  auto without = plain_request();
  without.proxy = proxy_url();
  // Tinyproxy says 407 and resets before it has read the body.
  EXPECT_NE(answer_to(std::move(without)).status, 200);
  auto with = plain_request();
  with.proxy = proxy_url("me:geheim7@");
  EXPECT_EQ(answer_to(std::move(with)).status, 200);
  const auto seen = server_.requests();
  ASSERT_EQ(seen.size(), 1U);
  for (const auto& [name, value] : seen[0].headers) {
    EXPECT_EQ(value.find("geheim7"), std::string::npos) << name;
  }
  proxy_.reset();
  auto gone = plain_request();
  gone.proxy = proxy_url("me:geheim7@");
  const auto answer = answer_to(std::move(gone));
  EXPECT_EQ(answer.status, 0);
  EXPECT_FALSE(answer.ambiguous);
  EXPECT_EQ(answer.failure.find("geheim7"), std::string::npos);
}

TEST_F(http_secure, an_empty_proxy_goes_before_the_environments) {
  ::setenv("http_proxy", "http://127.0.0.1:1", 1);
  auto environments = plain_request();
  environments.proxy.reset();
  EXPECT_EQ(answer_to(std::move(environments)).status, 0);
  EXPECT_EQ(answer_to(plain_request()).status, 200);
  ::unsetenv("http_proxy");
}

} // namespace
} // namespace pgmuster
