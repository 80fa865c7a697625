// A DSN's name comes from itself alone, so that one more DSN renames nobody.
#include "config/loading/environment_targets.hpp"

#include "config/loading/build.hpp"

#include <boost/json/value.hpp>

#include <algorithm>

namespace pgmuster::loading {
namespace {

namespace json = boost::json;

constexpr std::string_view blank = " \t\r";

std::string_view trimmed(std::string_view text) {
  const auto start = text.find_first_not_of(blank);
  if (start == std::string_view::npos) {
    return {};
  }
  return text.substr(start, text.find_last_not_of(blank) - start + 1);
}

bool is_uri(std::string_view text) {
  const auto scheme = text.find("://");
  return scheme != std::string_view::npos
         && text.substr(0, scheme).find_first_of("= \t")
              == std::string_view::npos;
}

void split_line(std::string_view line, std::vector<std::string>& into) {
  while (!line.empty()) {
    const auto end = is_uri(line)
                       ? std::min(line.find_first_of(blank), line.size())
                       : line.size();
    into.emplace_back(line.substr(0, end));
    line = trimmed(line.substr(end));
  }
}

/// Room is left for the suffix of a repeated name.
constexpr std::size_t derived_name_max = 120;

} // namespace

std::vector<std::string> split_dsns(std::string_view text) {
  std::vector<std::string> all;
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    split_line(trimmed(text.substr(0, end)), all);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return all;
}

std::string name_of(const dsn_parts& parts) {
  constexpr std::uint16_t usual_port = 5432;
  auto written = parts.host;
  if (parts.port != usual_port) {
    written += "-" + std::to_string(parts.port);
  }
  if (!parts.database.empty() && parts.database != "postgres") {
    written += "-" + parts.database;
  }
  std::string name;
  for (const char byte : written.substr(0, derived_name_max)) {
    const bool fits = is_name({&byte, 1});
    // A socket's path must not begin with a hyphen.
    if (fits || !name.empty()) {
      name += fits ? byte : '-';
    }
  }
  return name.empty() ? "target" : name;
}

void add_environment_targets(const load_request& request, document& into) {
  for (const auto* const name : {"PGMUSTER_DATABASE_URL", "DATABASE_URL"}) {
    const auto found = request.environment.find(name);
    if (found == request.environment.end()
        || split_dsns(found->second).empty()) {
      continue;
    }
    std::map<std::string, int> used;
    json::array targets;
    for (const auto& dsn : split_dsns(found->second)) {
      const auto parts = request.parse_dsn(dsn);
      const auto wanted = parts ? name_of(*parts) : std::string{"target"};
      auto unique = wanted;
      while (used[unique]++ > 0) {
        unique = wanted + "-" + std::to_string(used[wanted]);
      }
      targets.push_back(json::object{{"name", unique}, {"dsn", dsn}});
    }
    into.root["tenants"] =
      json::array{json::object{{"id", "default"}, {"targets", targets}}};
    into.variables["/tenants/0"] = name;
    return;
  }
}

} // namespace pgmuster::loading
