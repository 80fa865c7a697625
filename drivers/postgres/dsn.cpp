// A DSN's parts by PQconninfoParse, which reads neither environment nor files.
#include "drivers/postgres/dsn.hpp"

#include "drivers/postgres/conninfo.hpp"
#include "drivers/postgres/errc.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace pgmuster::postgres {

namespace {

/// Later releases add secrets (scram_client_key, oauth_client_secret), and
/// `options` may hold anything: what is not known to be harmless is not shown.
constexpr std::array<std::string_view, 26> harmless{"application_name",
                                                    "channel_binding",
                                                    "client_encoding",
                                                    "connect_timeout",
                                                    "fallback_application_name",
                                                    "gssencmode",
                                                    "hostaddr",
                                                    "keepalives",
                                                    "keepalives_count",
                                                    "keepalives_idle",
                                                    "keepalives_interval",
                                                    "krbsrvname",
                                                    "load_balance_hosts",
                                                    "passfile",
                                                    "ssl_max_protocol_version",
                                                    "ssl_min_protocol_version",
                                                    "sslcert",
                                                    "sslcompression",
                                                    "sslcrl",
                                                    "sslkey",
                                                    "sslmode",
                                                    "sslnegotiation",
                                                    "sslrootcert",
                                                    "sslsni",
                                                    "target_session_attrs",
                                                    "tcp_user_timeout"};

bool is_harmless(std::string_view key) {
  return std::find(harmless.begin(), harmless.end(), key) != harmless.end();
}

} // namespace

result<std::uint16_t> parse_port(const std::string& text) {
  if (text.empty()) {
    return default_port;
  }
  std::uint16_t port = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, status] = std::from_chars(text.data(), end, port);
  if (status != std::errc{} || stop != end || port == 0) {
    return fail(errc::bad_dsn, "its port is not a number from 1 to 65535");
  }
  return port;
}

result<dsn_parts> parse_dsn(std::string_view dsn) {
  auto options = parse_conninfo(dsn);
  if (!options) {
    return options.error();
  }
  auto& named = options.value();
  auto port = parse_port(named["port"]);
  if (!port) {
    return port.error();
  }
  dsn_parts parts;
  parts.port = port.value();
  parts.host = named["host"];
  if (parts.host.empty()) {
    parts.host = std::move(named["hostaddr"]);
    named.erase("hostaddr");
  }
  parts.user = named["user"];
  parts.database = named["dbname"];
  if (parts.database.empty()) {
    parts.database = parts.user;
  }
  for (const auto* const read : {"host", "port", "user", "dbname"}) {
    named.erase(read);
  }
  for (auto& [key, value] : named) {
    parts.options.emplace_back(key,
                               is_harmless(key) ? std::move(value) : "***");
  }
  return parts;
}

} // namespace pgmuster::postgres
