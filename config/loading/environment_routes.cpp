// Writes the default route into the document as if it stood in the file, so
// that it is judged by the same rules.
#include "config/loading/environment_routes.hpp"

#include "config/errc.hpp"
#include "config/loading/build_target.hpp"

#include <boost/json/value.hpp>
#include <boost/url/decode_view.hpp>
#include <boost/url/error_types.hpp>
#include <boost/url/pct_string_view.hpp>
#include <fmt/format.h>

namespace pgmuster::loading {
namespace {

namespace json = boost::json;

constexpr std::string_view new_relic_url = "https://otlp.nr-data.net";

struct variable {
  std::string name;
  std::string value;
};

std::optional<variable> find(const environment_map& environment,
                             const std::string& name) {
  const auto found = environment.find(name);
  // The specification: an empty value is an unset one.
  if (found == environment.end() || found->second.empty()) {
    return std::nullopt;
  }
  return variable{name, found->second};
}

std::optional<variable> exporter(const environment_map& environment,
                                 const std::string& suffix) {
  auto found = find(environment, "OTEL_EXPORTER_OTLP_METRICS_" + suffix);
  return found ? found : find(environment, "OTEL_EXPORTER_OTLP_" + suffix);
}

class route_writer {
public:
  route_writer(document& into, problem_list& problems)
    : into_(into), problems_(problems) {}

  void set(const std::string& key, json::value value, const std::string& from) {
    into_.variables["/routes/otlp/" + key] = from;
    route_[key] = std::move(value);
  }

  void set(const std::string& key, const std::optional<variable>& from) {
    if (from) {
      set(key, json::value{json::string{from->value.c_str()}}, from->name);
    }
  }

  void
  report(const std::string& key, const std::string& from, std::string message) {
    problems_.add({place::no_file, "/routes/otlp" + key, from, 0},
                  std::move(message));
  }

  void headers(const std::optional<variable>& from) {
    if (!from) {
      return;
    }
    const auto pairs = parse_pairs(from->value);
    if (!pairs) {
      return report("/headers", from->name, describe(pairs.error()));
    }
    json::object object;
    for (const auto& [key, value] : *pairs) {
      object[key] = json::string{value.data(), value.size()};
    }
    set("headers", std::move(object), from->name);
  }

  void timeout(const std::optional<variable>& from) {
    if (!from) {
      return;
    }
    if (from->value.find_first_not_of("0123456789") != std::string::npos) {
      return report("/timeout", from->name,
                    "expected a whole number of milliseconds");
    }
    set("timeout", json::value{json::string{(from->value + "ms").c_str()}},
        from->name);
  }

  void finish() {
    into_.variables["/routes/otlp"] = into_.variables["/routes/otlp/otlp"];
    into_.root["routes"] = json::object{{"otlp", std::move(route_)}};
  }

private:
  document& into_;
  problem_list& problems_;
  json::object route_;
};

bool write_endpoint(const environment_map& environment, route_writer& route) {
  const auto metrics = find(environment, "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT");
  const auto base = find(environment, "OTEL_EXPORTER_OTLP_ENDPOINT");
  const auto key = find(environment, "NEW_RELIC_API_KEY");
  if (metrics || base) {
    route.set("otlp", base ? base : metrics);
    route.set("metrics_url", metrics);
    route.headers(exporter(environment, "HEADERS"));
    return true;
  }
  if (!key) {
    return false;
  }
  route.set("otlp", json::value{new_relic_url.data()}, key->name);
  route.set("headers", json::object{{"api-key", key->value}}, key->name);
  return true;
}

} // namespace

void add_default_route(const environment_map& environment,
                       document& into,
                       problem_list& problems) {
  const auto* routes = into.root.if_contains("routes");
  if (routes != nullptr
      && (!routes->is_object() || !routes->get_object().empty())) {
    return;
  }
  route_writer route{into, problems};
  if (!write_endpoint(environment, route)) {
    into.root["routes"] = json::object{{"file", json::object{{"file", "-"}}}};
    return;
  }
  if (const auto protocol = exporter(environment, "PROTOCOL");
      protocol && protocol->value != "http/protobuf") {
    route.report("", protocol->name,
                 "expected \"http/protobuf\", the only protocol spoken here");
  }
  // Every OTLP receiver takes gzip; zstd is for those one has chosen oneself.
  const auto encoding = exporter(environment, "COMPRESSION");
  route.set("compression",
            encoding ? encoding : std::optional{variable{"", "gzip"}});
  route.timeout(exporter(environment, "TIMEOUT"));
  route.finish();
}

result<attributes> parse_pairs(std::string_view text) {
  const auto trimmed = [](std::string_view word) {
    const auto start = word.find_first_not_of(" \t");
    const auto end = word.find_last_not_of(" \t");
    return start == std::string_view::npos
             ? std::string_view{}
             : word.substr(start, end - start + 1);
  };
  const auto decoded = [](std::string_view word) -> std::optional<std::string> {
    const auto view = boost::urls::make_pct_string_view(
      boost::core::string_view{word.data(), word.size()});
    if (!view) {
      return std::nullopt;
    }
    const auto letters = **view;
    return std::string{letters.begin(), letters.end()};
  };
  attributes pairs;
  while (!text.empty()) {
    const auto comma = std::min(text.find(','), text.size());
    const auto pair = trimmed(text.substr(0, comma));
    text.remove_prefix(std::min(comma + 1, text.size()));
    if (pair.empty()) {
      continue;
    }
    const auto equals = pair.find('=');
    if (equals == std::string_view::npos || equals == 0) {
      return fail(config_errc::malformed,
                  "expected key=value pairs with commas between them");
    }
    const auto key = decoded(trimmed(pair.substr(0, equals)));
    const auto value = decoded(trimmed(pair.substr(equals + 1)));
    if (!key || !value) {
      return fail(config_errc::malformed,
                  "a % is not followed by two hex digits");
    }
    pairs.push_back({*key, *value});
  }
  return pairs;
}

attributes resource_of(const environment_map& environment,
                       problem_list& problems) {
  const auto text = find(environment, "OTEL_RESOURCE_ATTRIBUTES");
  if (!text) {
    return {};
  }
  const auto pairs = parse_pairs(text->value);
  if (!pairs) {
    problems.add({place::no_file, "", text->name, 0}, describe(pairs.error()));
    return {};
  }
  // A service's own name and the like are commonly set for every process on a
  // host; here they would take the place of the target's identity.
  std::map<std::string, std::string> kept;
  for (const auto& [key, value] : *pairs) {
    if (!is_reserved_attribute(key)) {
      kept[key] = value;
    }
  }
  attributes resource;
  for (const auto& [key, value] : kept) {
    resource.push_back({key, value});
  }
  return resource;
}

} // namespace pgmuster::loading
