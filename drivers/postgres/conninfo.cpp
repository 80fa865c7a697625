// Closes every door by which libpq would read what nobody configured.
#include "drivers/postgres/conninfo.hpp"

#include "drivers/postgres/dsn_values.hpp"
#include "drivers/postgres/errc.hpp"
#include "drivers/postgres/tls_options.hpp"

#include <fmt/format.h>

#include <arpa/inet.h>

#include <array>
#include <cstdlib>
#include <fstream>

namespace pgmuster::postgres {

namespace {

/// Read by libpq beside what PQconndefaults lists (fe-connect.c).
constexpr std::array other_variables{
  "PGSERVICE",   "PGSERVICEFILE", "PGSYSCONFDIR", "PGTZ",
  "PGDATESTYLE", "PGGEQO",        "PGLOCALEDIR",  "PGREQUIRESSL"};

/// What was taken out of the environment. Written once, before threads.
option_map& forgotten() {
  static option_map variables;
  return variables;
}

/// The user libpq would take: asked for once, since it may read files.
const std::string& system_user() {
  static const std::string name = [] {
    const options_ptr defaults{PQconndefaults()};
    for (auto* option = defaults.get();
         option != nullptr && option->keyword != nullptr; ++option) {
      if (std::string_view{option->keyword} == "user"
          && option->val != nullptr) {
        return std::string{option->val};
      }
    }
    return std::string{};
  }();
  return name;
}

void forget(const char* variable) {
  if (const char* const value = std::getenv(variable); value != nullptr) {
    forgotten()[variable] = value;
    ::unsetenv(variable);
  }
}

/// libpq's sentence may quote the DSN, so only its kind is kept.
std::string_view kind_of_problem(std::string_view sentence) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 6> kinds{{
    {"invalid connection option", "it names an option that does not exist"},
    {"missing \"=\"", "an option in it has no '='"},
    {"unterminated quoted", "a quote in it is not closed"},
    {"percent-encoded", "its percent-encoding is wrong"},
    {"URI query parameter", "what follows its '?' names a parameter that does "
                            "not exist, or is no list of "
                            "name=value with '&' between"},
    {"IPv6", "its IPv6 address is wrong"},
  }};
  // Of another scheme it is to libpq the name of an option that does not exist,
  // or one without a value.
  const bool other_scheme = sentence.find("://") != sentence.npos
                            && sentence.find("URI") == sentence.npos;
  for (const auto& [fragment, words] : kinds) {
    if (!other_scheme && sentence.find(fragment) != sentence.npos) {
      return words;
    }
  }
  return "expected postgresql://user@host:port/database or key=value pairs";
}

} // namespace

result<option_map> parse_conninfo(std::string_view dsn) {
  const std::string text{dsn};
  char* raw = nullptr;
  const options_ptr options{PQconninfoParse(text.c_str(), &raw)};
  const text_ptr words{raw};
  if (options == nullptr) {
    return fail(errc::bad_dsn,
                std::string{kind_of_problem(raw == nullptr ? "" : raw)});
  }
  option_map named;
  for (auto* option = options.get(); option->keyword != nullptr; ++option) {
    if (option->val != nullptr && *option->val != '\0') {
      named[option->keyword] = option->val;
    }
  }
  if (named.contains("service")) {
    return fail(errc::bad_dsn, "a service file is not read: name the host");
  }
  if (const auto good = check_dsn_values(named); !good) {
    return good.error();
  }
  return named;
}

bool is_numeric(const std::string& host) {
  in6_addr space{};
  return ::inet_pton(AF_INET, host.c_str(), &space) == 1
         || ::inet_pton(AF_INET6, host.c_str(), &space) == 1;
}

bool is_socket_folder(const std::string& host) {
  return host.empty() || host.front() == '/' || host.front() == '@';
}

void forget_environment() {
  const options_ptr defaults{PQconndefaults()};
  for (auto* option = defaults.get();
       option != nullptr && option->keyword != nullptr; ++option) {
    if (option->envvar != nullptr) {
      forget(option->envvar);
    }
  }
  for (const char* variable : other_variables) {
    forget(variable);
  }
}

result<secret_string> read_password(const password_source& from) {
  if (from.from == password_source::kind::none) {
    return secret_string{};
  }
  if (from.from == password_source::kind::environment) {
    if (const char* const value = std::getenv(from.name.c_str());
        value != nullptr) {
      return secret_string{value};
    }
    if (const auto found = forgotten().find(from.name);
        found != forgotten().end()) {
      return secret_string{found->second};
    }
    return fail(errc::bad_password_source,
                fmt::format("the variable {} is not set", from.name));
  }
  std::ifstream file{from.name};
  if (!file) {
    return fail(errc::bad_password_source,
                fmt::format("the file {} cannot be opened", from.name));
  }
  std::string line;
  if (!std::getline(file, line)) {
    return fail(errc::bad_password_source,
                fmt::format("the file {} has no first line", from.name));
  }
  if (line.ends_with('\r')) {
    line.pop_back();
  }
  return secret_string{std::move(line)};
}

bool endpoint::is_local() const {
  in6_addr six{};
  if (::inet_pton(AF_INET6, address.c_str(), &six) == 1) {
    return IN6_IS_ADDR_LOOPBACK(&six) != 0;
  }
  return is_unix() || address.starts_with("127.");
}

std::string endpoint::label() const {
  const std::string& name = host.empty() ? address : host;
  if (name.empty()) {
    return fmt::format("local socket {}", port);
  }
  return name.find(':') == name.npos ? fmt::format("{}:{}", name, port)
                                     : fmt::format("[{}]:{}", name, port);
}

connect_parameters make_parameters(option_map options,
                                   const endpoint& where,
                                   const std::string& database,
                                   const secret_string& password) {
  connect_parameters made;
  auto& values = made.values;
  values = std::move(options);
  // Start-up options: PgBouncer refuses them; the session is set up later.
  values.erase("application_name");
  values.erase("fallback_application_name");
  values.erase("connect_timeout");
  values.erase("replication");
  values["host"] = where.host;
  values["hostaddr"] = where.address;
  values["port"] = std::to_string(where.port);
  values["client_encoding"] = "UTF8";
  values["gssencmode"] = "disable";
  if (values["user"].empty()) {
    values["user"] = system_user();
  }
  if (!database.empty()) {
    values["dbname"] = database;
  }
  if (!password.empty()) {
    values["password"] = password.reveal();
  }
  values.try_emplace("passfile", nowhere);
  values.try_emplace("keepalives", "1");
  values.try_emplace("keepalives_idle", "30");
  values.try_emplace("keepalives_interval", "10");
  values.try_emplace("keepalives_count", "3");
  values.try_emplace("tcp_user_timeout", "30000");
  choose_tls(values, where, made.warning);
  std::erase_if(values, [](const auto& pair) { return pair.second.empty(); });
  return made;
}

connection_ptr start_connecting(const option_map& values) {
  std::vector<const char*> keys;
  std::vector<const char*> words;
  for (const auto& [key, value] : values) {
    keys.push_back(key.c_str());
    words.push_back(value.c_str());
  }
  keys.push_back(nullptr);
  words.push_back(nullptr);
  return connection_ptr{PQconnectStartParams(keys.data(), words.data(), 0)};
}

std::string one_line(std::string_view text, const secret_string& secret) {
  constexpr std::size_t length_max = 400;
  std::string line{text.substr(0, text.find('\n'))};
  constexpr std::size_t shortest_masked = 3;
  const auto& word = secret.reveal();
  for (auto at = word.size() < shortest_masked ? line.npos : line.find(word);
       at != line.npos; at = line.find(word, at + 3)) {
    line.replace(at, word.size(), "***");
  }
  if (line.size() > length_max) {
    line.resize(length_max);
  }
  return line;
}

} // namespace pgmuster::postgres
