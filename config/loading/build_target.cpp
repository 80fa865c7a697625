// A target's DSN is taken apart once, here, for identity; its secrets stay in
// secret_string.
#include "config/loading/build_target.hpp"

#include "config/limits.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace pgmuster::loading {
namespace {

constexpr std::size_t attributes_max = 64;

constexpr std::array<std::string_view, 6> reserved_attributes{
  "service.namespace", "service.name", "service.instance.id",
  "server.address",    "server.port",  "db.system.name"};

void read_dsn(const cursor& at,
              const build_context& context,
              target_config& target) {
  if (!at.present()) {
    return at.report("a target's \"dsn\" is missing");
  }
  const auto text = at.text();
  if (!text) {
    return;
  }
  if (text->find_first_not_of(" \t\r\n") == std::string::npos) {
    return at.report("expected a DSN such as "
                     "\"postgresql://user@host:5432/postgres\"");
  }
  target.dsn = secret_string{*text};
  const auto parts = context.request.parse_dsn(*text);
  if (!parts) {
    return at.report("this DSN cannot be read: " + describe(parts.error()));
  }
  target.host = parts->host;
  target.port = parts->port;
  target.user = parts->user;
  target.dsn_options = parts->options;
  // As libpq does: without a database's name it takes the user's.
  target.database = parts->database.empty() ? parts->user : parts->database;
}

void read_password(const cursor& at,
                   const build_context& context,
                   target_config& target) {
  const auto file = at["password_file"];
  const auto variable = at["password_env"];
  if (file.present() && variable.present()) {
    at["password_env"].report(
      "expected at most one of \"password_file\" and \"password_env\"");
  }
  if (const auto path = file.text()) {
    target.password = {password_source::kind::file,
                       resolved(context, *path).string()};
    if (path->empty()) {
      file.report("expected the path of a file");
    }
  } else if (const auto name = variable.text()) {
    target.password = {password_source::kind::environment, *name};
    if (!context.request.environment.contains(*name)) {
      // Not quoted: it may be the password itself, put here by mistake.
      variable.report("expected the name of an environment variable that is "
                      "set");
    }
  }
}

/// `word` stands for itself and is no path.
std::string read_path(const cursor& at,
                      const build_context& context,
                      std::string_view word = {}) {
  const auto path = at.text();
  if (!path) {
    return {};
  }
  if (path->empty()) {
    at.report("expected the path of a file");
  }
  return *path == word ? *path : resolved(context, *path).string();
}

void read_tls(const cursor& at,
              const build_context& context,
              target_config& target) {
  target.tls.roots = read_path(at["ca_file"], context, "system");
  target.tls.certificate = read_path(at["cert_file"], context);
  target.tls.key = read_path(at["key_file"], context);
  for (const auto& [one, other] : {std::pair{"cert_file", "key_file"},
                                   std::pair{"key_file", "cert_file"}}) {
    if (at[one].present() && !at[other].present()) {
      at[one].report(fmt::format("expected \"{}\" beside \"{}\": a certificate "
                                 "needs its key (one file may hold both)",
                                 other, one));
    }
  }
}

void read_databases(const cursor& at, target_config& target) {
  if (!at.present()) {
    return;
  }
  if (const auto text = at.text()) {
    target.databases.which = *text == "own" ? database_selection::kind::own
                                            : database_selection::kind::all;
    return;
  }
  if (!at.is_list()) {
    return;
  }
  target.databases.which = database_selection::kind::listed;
  auto& names = target.databases.names;
  const auto elements = at.elements();
  if (elements.empty()) {
    at.report("expected at least one name, or \"all\" or \"own\"");
  }
  if (elements.size() > limits::databases_max) {
    at.report(fmt::format("more than {} databases", limits::databases_max));
  }
  std::set<std::string> seen;
  for (const auto& element : elements) {
    const auto name = element.text();
    if (!name) {
      continue;
    }
    if (name->empty() || name->find('\0') != std::string::npos) {
      element.report("expected a database's name");
    } else if (!seen.insert(*name).second) {
      element.report(
        fmt::format("database {} is named twice", element.quoted(*name)));
    } else {
      names.push_back(*name);
    }
  }
}

void read_attributes(const cursor& at, target_config& target) {
  const auto members = at.members();
  if (members.size() > attributes_max) {
    at.report(fmt::format("more than {} attributes", attributes_max));
  }
  for (const auto& [key, value] : members) {
    if (key.empty()) {
      value.report("expected an attribute's name");
    } else if (is_reserved_attribute(key)) {
      value.report("pgmuster sets this attribute itself");
    }
    target.extra.push_back({key, value.text().value_or("")});
  }
}

} // namespace

bool is_reserved_attribute(std::string_view key) {
  return std::find(reserved_attributes.begin(), reserved_attributes.end(), key)
         != reserved_attributes.end();
}

target_config read_target(const cursor& at, const build_context& context) {
  target_config target;
  target.name =
    target_name{read_name(at["name"], "a target's \"name\"").value_or("")};
  read_dsn(at["dsn"], context, target);
  read_password(at, context, target);
  read_tls(at, context, target);
  read_databases(at["databases"], target);
  read_attributes(at["attributes"], target);
  return target;
}

} // namespace pgmuster::loading
