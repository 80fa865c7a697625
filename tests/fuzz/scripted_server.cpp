// Frames of the PostgreSQL protocol, version 3, over an abstract socket.
#include "tests/fuzz/scripted_server.hpp"

#include "tests/fuzz/demand.hpp"

#include <sys/socket.h>
#include <sys/un.h>

#include <array>
#include <cstring>

namespace pgmuster::fuzz {
namespace {

using namespace std::string_view_literals;

constexpr int port = 5432;
constexpr auto own_pid = "4711"sv;
constexpr auto other_pid = "4712"sv;

std::string big_endian(std::size_t value) {
  std::string bytes;
  for (int shift = 24; shift >= 0; shift -= 8) {
    bytes.push_back(static_cast<char>((value >> shift) & 0xffU));
  }
  return bytes;
}

} // namespace

scripted_server::scripted_server()
  : listener_(
    ::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)) {
  const auto folder = "@pgmuster-fuzz-" + std::to_string(::getpid());
  // libpq's rule for the name of a socket in a folder.
  const auto path = folder + "/.s.PGSQL." + std::to_string(port);
  dsn_ = "host=" + folder + " port=" + std::to_string(port)
         + " user=fuzz dbname=fuzz password=fuzz sslmode=disable";
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path.data(), path.size());
  address.sun_path[0] = '\0';
  const auto length =
    static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path.size());
  demand(
    ::bind(listener_.number(), reinterpret_cast<sockaddr*>(&address), length)
        == 0
      && ::listen(listener_.number(), 8) == 0,
    "the server listens");
}

void scripted_server::begin() {
  peer_ = postgres::descriptor{};
  // Whoever hung up before being accepted.
  while (postgres::descriptor gone{
    ::accept4(listener_.number(), nullptr, nullptr, SOCK_CLOEXEC)}) {
  }
  script_.clear();
  pause();
}

void scripted_server::greet(bool pooled) {
  say('R', "\0\0\0\0"sv);
  say('S', "server_version\00015.20\0"sv);
  say('S', "client_encoding\0UTF8\0"sv);
  say('K', big_endian(4711) + "abcd");
  say('Z', "I"sv);
  pause();
  say('T', "\0\1pid\0\0\0\0\0\0\0\0\0\0\x17\0\4\xff\xff\xff\xff\0\0"sv);
  say('D', std::string{"\0\1\0\0\0\4"sv}.append(pooled ? other_pid : own_pid));
  say('C', "SELECT 1\0"sv);
  say('Z', "I"sv);
  pause();
  if (!pooled) {
    say('C', "SET\0"sv);
    say('Z', "I"sv);
    pause();
  }
}

void scripted_server::follow(input_reader& input) {
  while (!input.empty()) {
    const auto type = static_cast<char>(input.byte());
    const std::size_t high = input.byte();
    const auto body = input.bytes(high * 256 + input.byte());
    if (type == '\0') {
      pause();
    } else if (type == '\1') {
      script_.back() += body;
    } else {
      say(type, body);
    }
  }
}

void scripted_server::say(char type, std::string_view body) {
  auto& piece = script_.back();
  piece.push_back(type);
  piece += big_endian(body.size() + 4);
  piece += body;
}

void scripted_server::turn() {
  if (!peer_) {
    peer_ = postgres::descriptor{::accept4(listener_.number(), nullptr, nullptr,
                                           SOCK_CLOEXEC | SOCK_NONBLOCK)};
    return;
  }
  std::array<char, 65'536> asked;
  while (::recv(peer_.number(), asked.data(), asked.size(), 0) > 0) {
  }
  if (script_.empty()) {
    ::shutdown(peer_.number(), SHUT_WR);
    return;
  }
  auto& piece = script_.front();
  const auto sent =
    ::send(peer_.number(), piece.data(), piece.size(), MSG_NOSIGNAL);
  if (sent >= 0 && static_cast<std::size_t>(sent) < piece.size()) {
    piece.erase(0, static_cast<std::size_t>(sent));
  } else {
    script_.pop_front();
  }
}

} // namespace pgmuster::fuzz
