// The few fields of RFC 1035 that a stub resolver asks for.
#include "tests/support/dns/name_server.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>

namespace pgmuster::test {

namespace {

constexpr std::size_t header_bytes = 12;
constexpr std::uint8_t no_such_name = 3;
constexpr std::uint8_t server_failure = 2;

sockaddr* plain(sockaddr_in& address) {
  return reinterpret_cast<sockaddr*>(&address); // NOLINT: its interface
}

/// The name, its type and its class.
std::size_t question_end(const std::string& message) {
  auto at = header_bytes;
  while (at < message.size() && message[at] != 0) {
    at += static_cast<unsigned char>(message[at]) + std::size_t{1};
  }
  return at + 5;
}

} // namespace

name_server::name_server()
  : socket_(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in here{};
  here.sin_family = AF_INET;
  here.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof here;
  ::bind(socket_, plain(here), length);
  ::getsockname(socket_, plain(here), &length);
  port_ = ntohs(here.sin_port);
  thread_ = std::thread([this] { serve(); });
}

name_server::~name_server() {
  // Wakes the thread, which then finds nothing to read.
  ::shutdown(socket_, SHUT_RDWR);
  thread_.join();
  ::close(socket_);
}

std::string name_server::address() const {
  return "127.0.0.1:" + std::to_string(port_);
}

void name_server::points_to(std::vector<std::string> addresses) {
  const std::lock_guard lock{mutex_};
  silent_ = false;
  code_ = 0;
  addresses_ = std::move(addresses);
}

void name_server::knows_no_name() {
  const std::lock_guard lock{mutex_};
  silent_ = false;
  code_ = no_such_name;
  addresses_.clear();
}

void name_server::fails() {
  const std::lock_guard lock{mutex_};
  silent_ = false;
  code_ = server_failure;
  addresses_.clear();
}

void name_server::stays_silent() {
  const std::lock_guard lock{mutex_};
  silent_ = true;
}

void name_server::serve() {
  std::array<char, 1'500> buffer{};
  for (;;) {
    sockaddr_in from{};
    socklen_t length = sizeof from;
    const auto got = ::recvfrom(socket_, buffer.data(), buffer.size(), 0,
                                plain(from), &length);
    if (got <= 0) {
      return;
    }
    ++asked_;
    const std::string question{buffer.data(), static_cast<std::size_t>(got)};
    if (question_end(question) > question.size()) {
      continue;
    }
    const auto answer = answer_to(question);
    if (!answer.empty()) {
      ::sendto(socket_, answer.data(), answer.size(), 0, plain(from), length);
    }
  }
}

std::string name_server::answer_to(const std::string& question) {
  const std::lock_guard lock{mutex_};
  if (silent_) {
    return {};
  }
  const auto end = question_end(question);
  const bool wants_ipv4 = question[end - 4] == 0 && question[end - 3] == 1;
  auto answer = question.substr(0, end);
  answer[2] = '\x81';
  answer[3] = static_cast<char>(0x80U | code_);
  answer.replace(4, 8, std::string{"\0\1\0\0\0\0\0\0", 8});
  for (const auto& address : addresses_) {
    in_addr bytes{};
    if (!wants_ipv4 || ::inet_pton(AF_INET, address.c_str(), &bytes) != 1) {
      continue;
    }
    ++answer[7];
    // The question's name, A, IN, no lifetime, four bytes.
    answer += std::string{"\xc0\x0c\0\1\0\1\0\0\0\0\0\4", 12};
    answer.append(reinterpret_cast<const char*>(&bytes), 4); // NOLINT: bytes
  }
  return answer;
}

} // namespace pgmuster::test
