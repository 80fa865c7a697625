// Tenants and their targets: names are unique, routes exist, DSNs can be read.
#include "config/limits.hpp"
#include "config/loading/build.hpp"
#include "config/loading/build_events.hpp"
#include "config/loading/build_target.hpp"
#include "config/loading/nearest.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace pgmuster::loading {
namespace {

std::vector<route_name> all_routes(const configuration& config) {
  std::vector<route_name> names;
  for (const auto& [name, route] : config.routes) {
    names.push_back(name);
  }
  return names;
}

std::vector<route_name> read_route_names(const cursor& at,
                                         const build_context& context,
                                         const configuration& config) {
  if (!at.present()) {
    return all_routes(config);
  }
  const auto known = all_routes(config);
  std::vector<std::string_view> words;
  for (const auto& name : known) {
    words.emplace_back(name.value());
  }
  std::vector<route_name> names;
  const auto elements = at.elements();
  if (at.is_list() && elements.empty()) {
    at.report("expected at least one route; leave the key out for all of them");
  }
  for (const auto& element : elements) {
    const auto text = element.text();
    if (!text) {
      continue;
    }
    const route_name name{*text};
    if (!config.routes.contains(name)) {
      if (context.incomplete) {
        continue;
      }
      element.report(fmt::format("unknown route {}{}", element.quoted(*text),
                                 suggestion(*text, words)));
    } else if (std::find(names.begin(), names.end(), name) != names.end()) {
      element.report(
        fmt::format("route {} is named twice", element.quoted(*text)));
    } else {
      names.push_back(name);
    }
  }
  return names;
}

void read_targets(const cursor& at,
                  const build_context& context,
                  tenant_config& tenant) {
  std::map<std::string, cursor> seen;
  for (const auto& element : at["targets"].elements()) {
    auto target = read_target(element, context);
    if (!target.name.value().empty()) {
      const auto name = element["name"];
      const auto [first, fresh] = seen.emplace(target.name.value(), name);
      if (!fresh) {
        name.report_pair(first->second,
                         fmt::format("target {} is named twice in this tenant",
                                     name.quoted(target.name.value())));
      }
    }
    tenant.targets.push_back(std::move(target));
  }
}

/// A tenant's own words go over those for all.
series_config read_series(const cursor& at, series_config into) {
  into.per_target = at["per_target"].count().value_or(into.per_target);
  into.per_tenant = at["per_tenant"].count().value_or(into.per_tenant);
  into.tables = at["tables"].count().value_or(into.tables);
  into.indexes = at["indexes"].count().value_or(into.indexes);
  return into;
}

} // namespace

bool is_name(std::string_view text) {
  constexpr std::size_t name_max = 128;
  return !text.empty() && text.size() <= name_max
         && text.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                   "abcdefghijklmnopqrstuvwxyz0123456789._-")
              == std::string_view::npos;
}

std::optional<std::string> read_name(const cursor& at, std::string_view what) {
  if (!at.present()) {
    at.report(fmt::format("{} is missing", what));
    return std::nullopt;
  }
  const auto text = at.text();
  if (text && !is_name(*text)) {
    at.report(fmt::format("expected {} of letters, digits, \".\", \"_\" and "
                          "\"-\", 1 to 128 characters, got {}",
                          what, at.quoted(*text)));
    return std::nullopt;
  }
  return text;
}

void build_tenants(const cursor& root,
                   const build_context& context,
                   configuration& into) {
  into.events = read_events(root["events"], into.events);
  into.series = read_series(root["series"], into.series);
  std::map<std::string, cursor> seen;
  bool any_target = false;
  for (const auto& element : root["tenants"].elements()) {
    tenant_config tenant;
    const auto name = element["id"];
    if (const auto id = read_name(name, "a tenant's \"id\"")) {
      tenant.id = tenant_id{*id};
      const auto [first, fresh] = seen.emplace(*id, name);
      if (!fresh) {
        name.report_pair(first->second, fmt::format("tenant {} is named twice",
                                                    name.quoted(*id)));
      }
    }
    tenant.routes = read_route_names(element["routes"], context, into);
    tenant.events = read_events(element["events"], into.events);
    tenant.series = read_series(element["series"], into.series);
    read_targets(element, context, tenant);
    any_target = any_target || !tenant.targets.empty();
    into.tenants.push_back(std::move(tenant));
  }
  if (!any_target && !context.incomplete) {
    root["tenants"].report(
      context.request.file
        ? "there is no target: give a tenant \"targets\", each with a "
          "\"name\" and a \"dsn\""
        : "there is no target: name a configuration file, or set DATABASE_URL "
          "to one or more DSNs such as postgresql://user@host:5432/postgres");
  }
}

} // namespace pgmuster::loading
