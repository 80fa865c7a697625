// The SQLSTATE decides; else the system's error, recognised by the same
// strerror that libpq used; else the state the connect was in.
#include "drivers/postgres/connect_error.hpp"

#include "drivers/postgres/certificate_verdict.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

namespace pgmuster::postgres {

namespace {

struct system_rule {
  int number;
  errc code;
};

constexpr std::array<system_rule, 14> rules{{
  {ECONNREFUSED, errc::refused},
  {EHOSTUNREACH, errc::refused},
  {ENETUNREACH, errc::refused},
  {EHOSTDOWN, errc::refused},
  {EADDRNOTAVAIL, errc::refused},
  {ENOENT, errc::refused},
  {EACCES, errc::refused},
  {EPERM, errc::refused},
  {ETIMEDOUT, errc::timed_out},
  {ECONNRESET, errc::connection_lost},
  {EPIPE, errc::connection_lost},
  {EMFILE, errc::too_many_ours},
  {ENFILE, errc::too_many_ours},
  {ENOBUFS, errc::too_many_ours},
}};

errc from_system(std::string_view message) {
  for (const auto& rule : rules) {
    if (message.find(std::generic_category().message(rule.number))
        != message.npos) {
      return rule.code;
    }
  }
  return errc::success;
}

} // namespace

std::string find_sqlstate(std::string_view message) {
  constexpr std::string_view before = ":  ";
  constexpr std::size_t length = 5;
  const auto line = message.substr(0, message.find('\n'));
  const auto at = line.find(before);
  if (at == line.npos || line.size() <= at + before.size() + length
      || line[at + before.size() + length] != ':') {
    return {};
  }
  const auto state = line.substr(at + before.size(), length);
  const bool usual = std::all_of(state.begin(), state.end(), [](char letter) {
    return (letter >= '0' && letter <= '9') || (letter >= 'A' && letter <= 'Z');
  });
  return usual ? std::string{state} : std::string{};
}

errc classify_connect_failure(const PGconn* connection, ConnStatusType before) {
  const std::string_view message = PQerrorMessage(connection);
  if (const auto sqlstate = find_sqlstate(message); !sqlstate.empty()) {
    return classify_sqlstate(sqlstate.c_str());
  }
  if (PQconnectionNeedsPassword(connection) != 0) {
    return errc::authentication_failed;
  }
  if (before == CONNECTION_SSL_STARTUP) {
    const auto code = from_system(message);
    return code == errc::connection_lost ? code : errc::tls_failed;
  }
  if (const auto code = from_system(message); code != errc::success) {
    return code;
  }
  // The process never sets a locale, so this one sentence is in English.
  if (message.find("server closed the connection") != message.npos) {
    return errc::connection_lost;
  }
  return before == CONNECTION_BAD ? errc::bad_dsn : errc::protocol_violation;
}

std::string_view without_preamble(std::string_view message) {
  constexpr std::string_view end = " failed: ";
  const auto at = message.starts_with("connection to server")
                    ? message.find(end)
                    : message.npos;
  return at == message.npos ? message : message.substr(at + end.size());
}

std::string handshake_words(const PGconn* connection, errc code) {
  std::string words = PQerrorMessage(connection);
  const auto verdict = take_certificate_verdict();
  if (code == errc::tls_failed && !verdict.empty()) {
    words.resize(std::min(words.size(), words.find('\n')));
    words += ": " + verdict;
  }
  return words;
}

bool worth_another_address(errc code) noexcept {
  return code == errc::refused || code == errc::timed_out
         || code == errc::connection_lost;
}

} // namespace pgmuster::postgres
