// Writes the default route into the document as if it stood in the file, so
// that it is judged by the same rules.
#include "config/loading/environment_routes.hpp"

#include <boost/json/value.hpp>
namespace pgmuster::loading {
namespace {

namespace json = boost::json;

constexpr auto new_relic_url = "https://otlp.nr-data.net";

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

  void set(const std::string& key, const variable& from) {
    into_.variables["/routes/otlp/" + key] = from.name;
    route_[key] = json::string_view{from.value.data(), from.value.size()};
  }

  void set_headers(const attributes& pairs, const std::string& from) {
    json::object object;
    for (const auto& [key, value] : pairs) {
      object[key] = json::string_view{value.data(), value.size()};
    }
    into_.variables["/routes/otlp/headers"] = from;
    route_["headers"] = std::move(object);
  }

  void headers(const variable& from) {
    const auto pairs = parse_pairs(from.value);
    if (pairs) {
      set_headers(*pairs, from.name);
    } else {
      report("/headers", from.name, describe(pairs.error()));
    }
  }

  void timeout(const variable& from) {
    if (from.value.find_first_not_of("0123456789") == std::string::npos) {
      set("timeout", {from.name, from.value + "ms"});
    } else {
      report("/timeout", from.name, "expected a whole number of milliseconds");
    }
  }

  void
  report(const std::string& key, const std::string& from, std::string message) {
    problems_.add({place::no_file, "/routes/otlp" + key, from, 0},
                  std::move(message));
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
    route.set("otlp", base ? *base : *metrics);
    if (metrics) {
      route.set("metrics_url", *metrics);
    }
    if (const auto headers = exporter(environment, "HEADERS")) {
      route.headers(*headers);
    }
    return true;
  }
  if (key) {
    route.set("otlp", {key->name, new_relic_url});
    route.set_headers({{"api-key", key->value}}, key->name);
  }
  return key.has_value();
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
  route.set(
    "compression",
    exporter(environment, "COMPRESSION").value_or(variable{"", "gzip"}));
  if (const auto timeout = exporter(environment, "TIMEOUT")) {
    route.timeout(*timeout);
  }
  route.finish();
}

} // namespace pgmuster::loading
