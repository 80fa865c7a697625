// A DSN's parts by PQconninfoParse, which reads neither environment nor files.
#include "drivers/postgres/dsn.hpp"

#include "drivers/postgres/conninfo.hpp"
#include "drivers/postgres/errc.hpp"

#include <charconv>

namespace pgmuster::postgres {

namespace {

/// Writes one keyword=value pair, quoted where the keyword form needs it.
void append_pair(std::string& out,
                 const std::string& key,
                 const std::string& value) {
  if (!out.empty()) {
    out += ' ';
  }
  out += key + '=';
  const bool quote =
    value.empty() || value.find_first_of(" \t\n'\\") != value.npos;
  if (!quote) {
    out += value;
    return;
  }
  out += '\'';
  for (const char letter : value) {
    if (letter == '\'' || letter == '\\') {
      out += '\\';
    }
    out += letter;
  }
  out += '\'';
}

bool is_secret(const std::string& key) {
  return key == "password" || key == "sslpassword";
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

std::string first_of_list(const std::string& list) {
  return list.substr(0, list.find(','));
}

result<dsn_parts> parse_dsn(std::string_view dsn) {
  auto options = parse_conninfo(dsn);
  if (!options) {
    return options.error();
  }
  auto port = parse_port(first_of_list(options.value()["port"]));
  if (!port) {
    return port.error();
  }
  dsn_parts parts;
  parts.host = first_of_list(options.value()["host"]);
  if (parts.host.empty()) {
    parts.host = first_of_list(options.value()["hostaddr"]);
  }
  parts.port = port.value();
  parts.user = options.value()["user"];
  parts.database = options.value()["dbname"];
  if (parts.database.empty()) {
    parts.database = parts.user;
  }
  return parts;
}

std::string mask_dsn(std::string_view dsn) {
  const auto options = parse_conninfo(dsn);
  if (!options) {
    // Where the password stands is not known, so nothing is shown.
    return "***";
  }
  std::string masked;
  for (const auto& [key, value] : options.value()) {
    append_pair(masked, key, is_secret(key) ? "***" : value);
  }
  return masked;
}

} // namespace pgmuster::postgres
