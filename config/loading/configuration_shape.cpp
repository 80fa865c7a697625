// The tree of keys. docs/configuration.schema.json says the same to editors;
// tests/config holds them together.
#include "config/loading/shape.hpp"
#include "config/units.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace pgmuster::loading {
namespace {

using kind = shape::kind;

shape object(std::vector<keyed_shape> keys) {
  shape what;
  what.holds = kind::object;
  what.keys = std::move(keys);
  return what;
}

shape text(kind holds = kind::text) {
  shape what;
  what.holds = holds;
  return what;
}

shape list(shape element) {
  shape what;
  what.holds = kind::list;
  what.element.push_back(std::move(element));
  return what;
}

shape map(std::string_view key_words, shape element, char underscore = '_') {
  shape what;
  what.holds = kind::map;
  what.key_words = key_words;
  what.element.push_back(std::move(element));
  what.underscore = underscore;
  return what;
}

shape choice(std::vector<std::string_view> choices) {
  shape what;
  what.holds = kind::choice;
  what.choices = std::move(choices);
  return what;
}

shape duration(milliseconds least, milliseconds most) {
  shape what;
  what.holds = kind::duration;
  what.least = least.count();
  what.most = most.count();
  return what;
}

shape count(std::int64_t least, std::int64_t most) {
  shape what;
  what.holds = kind::count;
  what.least = least;
  what.most = most;
  return what;
}

using namespace literals; // NOLINT(google-build-using-namespace): units only
using std::chrono::hours;
using std::chrono::minutes;

shape size(byte_count least, byte_count most) {
  shape what;
  what.holds = kind::size;
  what.least = static_cast<std::int64_t>(least.value());
  what.most = static_cast<std::int64_t>(most.value());
  return what;
}

shape delivery_limits(std::string_view which) {
  const auto pause = duration(milliseconds{1}, hours{24});
  if (which == "batch") {
    return object({{"bytes", size(10_kB, 60'000_kB)},
                   {"points", count(1, 1'000'000)},
                   {"age", duration(milliseconds{1}, minutes{1})}});
  }
  if (which == "retry") {
    return object({{"first", pause},
                   {"longest", pause},
                   {"unauthorised", pause},
                   {"retry_after_max", pause},
                   {"refused", count(1, 1'000)}});
  }
  return object({{"failures", count(1, 1'000)},
                 {"failures_percent", count(1, 100)},
                 {"window", duration(seconds{1}, hours{1})},
                 {"outcomes", count(1, 100'000)},
                 {"first", pause},
                 {"longest", pause}});
}

shape route_shape() {
  return object(
    {{"otlp", text()},
     {"metrics_url", text()},
     {"signals", list(choice({"metrics", "logs"}))},
     {"file", text()},
     {"profile", choice({"collector", "newrelic", "datadog", "grafana"})},
     {"compression", choice({"none", "gzip", "zstd"})},
     {"headers", map("header", text(kind::secret), '-')},
     {"shards", count(1, 64)},
     {"timeout", duration(milliseconds{1}, minutes{10})},
     {"batch", delivery_limits("batch")},
     {"retry", delivery_limits("retry")},
     {"breaker", delivery_limits("breaker")},
     {"tls", object({{"ca_file", text()},
                     {"cert_file", text()},
                     {"key_file", text()},
                     {"min_version", choice({"1.2", "1.3"})}})},
     {"proxy", text(kind::secret)},
     {"ordering", choice({"strict", "relaxed"})},
     {"max_age", duration(seconds{1}, hours{24 * 365})},
     {"on_ambiguous", choice({"retry", "drop"})},
     {"temporality", choice({"cumulative", "delta"})}});
}

shape target_shape() {
  auto databases = list(text());
  databases.holds = kind::choice_or_list;
  databases.choices = {"all", "own"};
  return object({{"name", text()},
                 {"dsn", text(kind::secret)},
                 {"password_file", text()},
                 {"password_env", text()},
                 {"ca_file", text()},
                 {"cert_file", text()},
                 {"key_file", text()},
                 {"databases", std::move(databases)},
                 {"attributes", map("attribute", text())}});
}

shape events_shape() {
  const auto threshold = duration(seconds{1}, hours{24 * 7});
  return object({{"sampling", choice({"probabilistic", "adaptive", "none"})},
                 {"rate_percent", count(1, 100)},
                 {"budget", count(1, 10'000)},
                 {"top_queries", count(0, 1'000)},
                 {"long_transaction", threshold},
                 {"idle_in_transaction", threshold},
                 {"blocking", threshold}});
}

shape series_shape() {
  return object({{"per_target", count(1, 1'000'000'000)},
                 {"per_tenant", count(1, 1'000'000'000)},
                 {"tables", count(1, 5'000)},
                 {"indexes", count(1, 10'000)}});
}

shape statements_shape() {
  return object({{"limit", count(1, 10'000)},
                 {"min_mean_time", duration(milliseconds{0}, hours{1})},
                 {"text", choice({"none", "normalised"})},
                 {"text_length", size(byte_count{64}, 64_KiB)},
                 {"text_bytes", size(64_KiB, 8_MiB)},
                 {"comment_tags", list(text())}});
}

shape whole_shape() {
  const auto timeout = duration(milliseconds{1}, hours{1});
  constexpr byte_count most_of_a_disk{1ULL << 50U};
  const auto spooled = size(1_MiB, most_of_a_disk);
  const auto tenant = object({{"id", text()},
                              {"routes", list(text())},
                              {"events", events_shape()},
                              {"series", series_shape()},
                              {"targets", list(target_shape())}});
  return object(
    {{"routes", map("route", route_shape())},
     {"tenants", list(tenant)},
     {"include", list(text())},
     {"intervals", map("probe or class", duration(seconds{1}, hours{24}))},
     {"timeouts", object({{"statement", timeout},
                          {"lock", timeout},
                          {"probe", timeout},
                          {"cycle", timeout}})},
     {"reconnect", object({{"after", timeout},
                           {"at_most", timeout},
                           {"refused_after", timeout},
                           {"refused_at_most", timeout}})},
     {"admin", object({{"listen", text()}, {"hosts", list(text())}})},
     {"log",
      object({{"level", choice({"trace", "debug", "info", "warning", "error"})},
              {"format", choice({"text", "json"})}})},
     {"process",
      object({{"workers", count(0, 64)},
              {"lanes", count(1, 64)},
              {"connectors", count(1, 16)},
              {"connects_per_second", count(1, 10'000)},
              {"target_connections", count(2, 100)},
              {"reactor", choice({"auto", "io_uring", "epoll"})},
              {"name_servers", list(text())},
              {"shutdown_grace", duration(milliseconds{0}, minutes{10})},
              {"state_directory", text()}})},
     {"events", events_shape()},
     {"memory", object({{"limit", size(32_MiB, 1'048'576_MiB)}})},
     {"spool", object({{"directory", text()},
                       {"mode", choice({"overflow", "always"})},
                       {"sync", choice({"never", "1s", "always"})},
                       {"bytes_max", spooled},
                       {"route_bytes_max", spooled},
                       {"quarantine_bytes_max", spooled},
                       {"free_min", size(byte_count{0}, most_of_a_disk)}})},
     {"statements", statements_shape()},
     {"series", series_shape()},
     {"scrub", object({{"rules", list(object({{"name", text()},
                                              {"pattern", text()}}))}})},
     {"probes", object({{"directory", text()}})}});
}

} // namespace

const shape& configuration_shape() {
  static const shape whole = whole_shape();
  return whole;
}

std::vector<std::string_view> key_names(const shape& object) {
  std::vector<std::string_view> names;
  for (const auto& entry : object.keys) {
    names.push_back(entry.key);
  }
  return names;
}

std::string expected_words(const shape& what) {
  switch (what.holds) {
  case kind::object:
  case kind::map:
    return "an object";
  case kind::list:
    return "a list";
  case kind::choice:
    return fmt::format("one of \"{}\"", fmt::join(what.choices, "\", \""));
  case kind::choice_or_list:
    return fmt::format("\"{}\" or a list of names",
                       fmt::join(what.choices, "\", \""));
  case kind::duration:
    return std::string{duration_expected};
  case kind::size:
    return std::string{size_expected};
  case kind::count:
    return fmt::format("a whole number from {} to {}", what.least, what.most);
  case kind::text:
  case kind::secret:
    break;
  }
  return "a string";
}

} // namespace pgmuster::loading
