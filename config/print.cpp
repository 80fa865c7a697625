// The configuration in force, in the file's own words, with secrets masked.
#include "config/load.hpp"
#include "config/loading/print_json.hpp"
#include "config/units.hpp"

#include <boost/url/encode.hpp>
#include <boost/url/rfc/unreserved_chars.hpp>

#include <array>

namespace pgmuster {
namespace {

namespace json = boost::json;

constexpr auto mask = "***";
constexpr std::array levels{"trace", "debug", "info", "warning", "error"};
constexpr std::array encodings{"none", "gzip", "zstd"};
constexpr std::array profiles{"", "collector", "newrelic", "grafana",
                              "datadog"};
constexpr std::array reactors{"auto", "io_uring", "epoll"};

std::string encoded(const std::string& text) {
  return boost::urls::encode(boost::core::string_view{text},
                             boost::urls::unreserved_chars);
}

/// An address of IPv6; a zone in it is told apart by `%`.
std::string with_zone_encoded(std::string address) {
  if (const auto zone = address.find('%'); zone != std::string::npos) {
    address.insert(zone + 1, "25");
  }
  return address;
}

/// Made from the parts: what was not understood cannot leak.
std::string masked_dsn(const target_config& target) {
  const bool address = target.host.find(':') != std::string::npos;
  std::string password;
  std::string options;
  for (const auto& [key, value] : target.dsn_options) {
    if (key == "password") {
      password = ":" + value;
    } else {
      options += (options.empty() ? "?" : "&") + key + "="
                 + (value == mask ? value : encoded(value));
    }
  }
  return "postgresql://" + encoded(target.user) + password + "@"
         + (address ? "[" + with_zone_encoded(target.host) + "]"
                    : encoded(target.host))
         + ":" + std::to_string(target.port) + "/" + encoded(target.database)
         + options;
}

json::object printed(const attributes& pairs) {
  json::object object;
  for (const auto& [key, value] : pairs) {
    object[key] = value;
  }
  return object;
}

json::object printed(const target_config& target) {
  json::object object{{"name", target.name.value()},
                      {"dsn", masked_dsn(target)}};
  if (target.password.from == password_source::kind::file) {
    object["password_file"] = target.password.name;
  } else if (target.password.from == password_source::kind::environment) {
    object["password_env"] = target.password.name;
  }
  for (const auto& [key, file] :
       {std::pair{"ca_file", &target.tls.roots},
        std::pair{"cert_file", &target.tls.certificate},
        std::pair{"key_file", &target.tls.key}}) {
    if (!file->empty()) {
      object[key] = *file;
    }
  }
  switch (target.databases.which) {
  case database_selection::kind::all:
    object["databases"] = "all";
    break;
  case database_selection::kind::own:
    object["databases"] = "own";
    break;
  case database_selection::kind::listed:
    object["databases"] =
      json::array(target.databases.names.begin(), target.databases.names.end());
  }
  object["attributes"] = printed(target.extra);
  return object;
}

json::object printed(const event_config& events) {
  constexpr std::array ways{"probabilistic", "adaptive", "none"};
  return {{"sampling", ways.at(static_cast<std::size_t>(events.sampling))},
          {"rate_percent", events.rate_percent},
          {"budget", events.budget},
          {"top_queries", events.top_queries},
          {"long_transaction", format_duration(events.long_transaction)},
          {"idle_in_transaction", format_duration(events.idle_in_transaction)},
          {"blocking", format_duration(events.blocking)}};
}

json::object printed(const series_config& series) {
  return {{"per_target", series.per_target},
          {"per_tenant", series.per_tenant},
          {"tables", series.tables},
          {"indexes", series.indexes}};
}

json::object printed(const tenant_config& tenant) {
  json::array routes;
  for (const auto& name : tenant.routes) {
    routes.emplace_back(name.value());
  }
  json::array targets;
  for (const auto& target : tenant.targets) {
    targets.push_back(printed(target));
  }
  return {{"id", tenant.id.value()},
          {"routes", routes},
          {"events", printed(tenant.events)},
          {"series", printed(tenant.series)},
          {"targets", targets}};
}

json::object printed(const retry_limits& retry) {
  return {{"first", format_duration(retry.first)},
          {"longest", format_duration(retry.longest)},
          {"unauthorised", format_duration(retry.unauthorised)},
          {"retry_after_max", format_duration(retry.retry_after_max)},
          {"refused", retry.refused_max}};
}

json::object printed(const breaker_limits& breaker) {
  return {{"failures", breaker.failures_max},
          {"failures_percent", breaker.failures_percent},
          {"window", format_duration(breaker.window)},
          {"outcomes", breaker.outcomes_min},
          {"first", format_duration(breaker.open_first)},
          {"longest", format_duration(breaker.open_longest)}};
}

json::object printed(const batch_limits& batch) {
  return {{"bytes", format_byte_count(batch.bytes)},
          {"points", batch.points},
          {"age", format_duration(batch.age)}};
}

json::object printed(const route_tls& tls) {
  json::object object;
  for (const auto& [key, file] : {std::pair{"ca_file", &tls.roots},
                                  std::pair{"cert_file", &tls.certificate},
                                  std::pair{"key_file", &tls.key}}) {
    if (!file->empty()) {
      object[key] = file->string();
    }
  }
  object["min_version"] =
    tls.least == route_tls::version::tls_1_2 ? "1.2" : "1.3";
  return object;
}

json::object printed(const otlp_destination& otlp, const batch_limits& batch) {
  json::object object{{"otlp", without_query(otlp.url)}};
  if (!otlp.metrics_url.empty()) {
    object["metrics_url"] = without_query(otlp.metrics_url);
  }
  if (otlp.profile != route_profile::none) {
    object["profile"] = profiles.at(static_cast<std::size_t>(otlp.profile));
  }
  object["compression"] = encodings.at(static_cast<std::size_t>(otlp.encoding));
  json::object headers;
  for (const auto& header : otlp.headers) {
    headers[header.name] = mask;
  }
  object["headers"] = headers;
  object["shards"] = otlp.shards;
  object["timeout"] = format_duration(otlp.timeout);
  object["batch"] = printed(batch);
  object["retry"] = printed(otlp.retry);
  object["breaker"] = printed(otlp.breaker);
  object["tls"] = printed(otlp.tls);
  if (otlp.proxy) {
    object["proxy"] = otlp.proxy->empty() ? "" : mask;
  }
  object["ordering"] =
    otlp.ordering == delivery_order::strict ? "strict" : "relaxed";
  if (otlp.age_max) {
    object["max_age"] = format_duration(*otlp.age_max);
  }
  object["on_ambiguous"] =
    otlp.on_ambiguous == ambiguous_send::retry ? "retry" : "drop";
  object["temporality"] =
    otlp.temporality == sum_temporality::cumulative ? "cumulative" : "delta";
  return object;
}

json::object printed(const file_destination& file) {
  return {{"file", file.path.string()}};
}

json::object printed(const interval_config& intervals) {
  json::object object{{"default", format_duration(intervals.default_interval)}};
  for (const auto& [name, interval] : intervals.by_name) {
    object[name] = format_duration(interval);
  }
  return object;
}

json::object printed(const reconnect_config& reconnect) {
  return {{"after", format_duration(reconnect.after)},
          {"at_most", format_duration(reconnect.at_most)},
          {"refused_after", format_duration(reconnect.refused_after)},
          {"refused_at_most", format_duration(reconnect.refused_at_most)}};
}

json::object printed(const process_config& process) {
  return {{"workers", process.workers},
          {"lanes", process.lanes},
          {"connectors", process.connectors},
          {"connects_per_second", process.connects_per_second},
          {"target_connections", process.target_connections},
          {"reactor", reactors.at(static_cast<std::size_t>(process.reactor))},
          {"shutdown_grace", format_duration(process.shutdown_grace)}};
}

json::array printed(const route_signals& signals) {
  json::array names;
  if (signals.metrics) {
    names.emplace_back("metrics");
  }
  if (signals.logs) {
    names.emplace_back("logs");
  }
  return names;
}

json::object printed(const spool_config& spool) {
  constexpr std::array syncs{"never", "1s", "always"};
  return {
    {"directory", spool.directory.string()},
    {"mode", spool.mode == spool_mode::always ? "always" : "overflow"},
    {"sync", syncs.at(static_cast<std::size_t>(spool.sync))},
    {"bytes_max", format_byte_count(spool.bytes_max)},
    {"route_bytes_max", format_byte_count(spool.route_bytes_max)},
    {"quarantine_bytes_max", format_byte_count(spool.quarantine_bytes_max)},
    {"free_min", format_byte_count(spool.free_min)}};
}

json::object printed(const statement_config& statements) {
  return {
    {"limit", statements.limit},
    {"min_mean_time", format_duration(statements.mean_time_min)},
    {"text", statements.text == statement_text::none ? "none" : "normalised"},
    {"text_length", format_byte_count(statements.text_length)},
    {"text_bytes", format_byte_count(statements.text_bytes)},
    {"comment_tags", json::array(statements.comment_tags.begin(),
                                 statements.comment_tags.end())}};
}

json::object printed(const std::vector<scrub_rule>& rules) {
  json::array all;
  for (const auto& rule : rules) {
    all.push_back(json::object{{"name", rule.name}, {"pattern", rule.pattern}});
  }
  return {{"rules", all}};
}

} // namespace

std::string print_configuration(const configuration& config) {
  json::object routes;
  for (const auto& [name, route] : config.routes) {
    const auto* otlp = std::get_if<otlp_destination>(&route.destination);
    routes[name.value()] =
      otlp != nullptr ? printed(*otlp, route.batch)
                      : printed(std::get<file_destination>(route.destination));
    routes[name.value()].as_object()["signals"] = printed(route.signals);
  }
  json::array tenants;
  for (const auto& tenant : config.tenants) {
    tenants.push_back(printed(tenant));
  }
  const auto& timeouts = config.timeouts;
  json::object whole{
    {"routes", routes},
    {"tenants", tenants},
    {"intervals", printed(config.intervals)},
    {"timeouts",
     json::object{{"statement", format_duration(timeouts.statement)},
                  {"lock", format_duration(timeouts.lock)},
                  {"probe", format_duration(timeouts.probe)},
                  {"cycle", format_duration(timeouts.cycle)}}},
    {"reconnect", printed(config.reconnect)},
    {"admin", json::object{{"listen", config.admin.listen},
                           {"hosts", json::array(config.admin.hosts.begin(),
                                                 config.admin.hosts.end())}}},
    {"log",
     json::object{
       {"level", levels.at(static_cast<std::size_t>(config.log.level))},
       {"format", config.log.format == log_format::json ? "json" : "text"}}},
    {"process", printed(config.process)},
    {"events", printed(config.events)},
    {"statements", printed(config.statements)},
    {"series", printed(config.series)}};
  if (!config.scrub_rules.empty()) {
    whole["scrub"] = printed(config.scrub_rules);
  }
  if (!config.process.name_servers.empty()) {
    json::array servers;
    for (const auto& one : config.process.name_servers) {
      servers.emplace_back(one);
    }
    whole["process"].as_object()["name_servers"] = servers;
  }
  if (config.memory.limit) {
    whole["memory"] =
      json::object{{"limit", format_byte_count(*config.memory.limit)}};
  }
  if (!config.process.state_directory.empty()) {
    whole["process"].as_object()["state_directory"] =
      config.process.state_directory.string();
  }
  if (const auto folder = spool_folder(config); !folder.empty()) {
    auto in_force = config.spool;
    in_force.directory = folder;
    whole["spool"] = printed(in_force);
  }
  if (!config.probes_directory.empty()) {
    whole["probes"] =
      json::object{{"directory", config.probes_directory.string()}};
  }
  if (!config.resource.empty()) {
    whole["resource"] = printed(config.resource);
  }
  return loading::pretty(whole);
}

} // namespace pgmuster
