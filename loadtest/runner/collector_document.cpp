#include "loadtest/runner/collector_document.hpp"

#include "config/units.hpp"

#include <boost/json.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

namespace pgmuster::loadtest {
namespace {

namespace json = boost::json;

/// A pair of addresses has 28,000 free ports at most.
constexpr std::uint64_t targets_a_place = 5'000;
constexpr double targets_compared = 100;
constexpr const char* late_answers_file = "late_answers.txt";

milliseconds
interval(const scenario& of, std::string_view name, milliseconds otherwise) {
  const auto* all = of.collector.if_contains("intervals");
  const auto* one = all != nullptr && all->is_object()
                      ? all->get_object().if_contains(name)
                      : nullptr;
  if (one == nullptr || !one->is_string()) {
    return otherwise;
  }
  const auto read = parse_duration(std::string_view{one->get_string()});
  return read ? *read : otherwise;
}

} // namespace

void merge(json::object& into, const json::object& over) {
  for (const auto& [key, value] : over) {
    auto* here = into.if_contains(key);
    if (here != nullptr && here->is_object() && value.is_object()) {
      merge(here->get_object(), value.get_object());
    } else {
      into[key] = value;
    }
  }
}

cadence cadence_of(const scenario& of) {
  const cadence usual;
  return {interval(of, "default", usual.instance),
          interval(of, "database", usual.database),
          interval(of, "statements", usual.statements)};
}

std::string simulated_dsn(const simulated_fleet& fleet,
                          std::uint64_t target,
                          const std::vector<simulator_place>& places) {
  const auto& place = places[target % places.size()];
  return fmt::format("host={} port={} user=sim{:05} dbname=app "
                     "password=simulated sslmode={}",
                     place.address, place.port, target,
                     fleet.tls ? "require" : "disable");
}

json::object simulator_document(const scenario& of,
                                const std::string& certificate,
                                const std::string& key) {
  // Relative to the scenario, as certificates are.
  json::object section{{"seed", of.seed},
                       {"instances", of.fleet.targets},
                       {"late_answers", late_answers_file}};
  json::array listen;
  for (std::uint64_t at = 0; at <= of.fleet.targets / targets_a_place; ++at) {
    listen.emplace_back(fmt::format("127.0.{}.1:0", at + 1));
  }
  section["listen"] = std::move(listen);
  if (!certificate.empty()) {
    section["tls"] = {{"certificate", certificate}, {"key", key}};
    section["password"] = "simulated";
  }
  merge(section, of.simulator);
  return {{"simulator", std::move(section)}};
}

json::object collector_document(const scenario& of, const endpoints& at) {
  json::array tenants;
  for (std::uint64_t tenant = 0; tenant < of.fleet.tenants; ++tenant) {
    json::array targets;
    for (auto target = tenant; target < of.fleet.targets;
         target += of.fleet.tenants) {
      targets.push_back(
        json::object{{"name", fmt::format("s-{:05}", target)},
                     {"dsn", at.dsns[target % at.dsns.size()]},
                     {"databases", of.fleet.databases > 1 ? "all" : "own"}});
    }
    tenants.push_back(json::object{{"id", fmt::format("t-{}", tenant)},
                                   {"targets", std::move(targets)}});
  }
  json::object made{
    {"routes",
     {{"sink",
       {{"otlp", fmt::format("http://127.0.0.1:{}", at.sink_port)},
        {"compression", "zstd"}}}}},
    {"tenants", std::move(tenants)},
    {"admin", {{"listen", fmt::format("127.0.0.1:{}", at.admin_port)}}},
    {"log", {{"level", "info"}}}};
  merge(made, of.collector);
  return made;
}

json::object sink_document(const scenario& of) {
  const auto asked = cadence_of(of);
  // A cycle may be missed without being a gap; two may not.
  const auto instance = std::max(asked.instance * 5 / 2, milliseconds{5'000});
  const auto refresh = seconds{270};
  const auto sum = refresh + std::max(asked.database, asked.instance) * 2;
  json::object made{
    {"seed", of.seed},
    {"silence", {{"pgmuster.up", format_duration(instance)}}},
    {"sum_silence", format_duration(sum)},
    {"statement_silence",
     format_duration(std::max(asked.statements * 5 / 2, milliseconds{5'000}))}};
  merge(made, of.sink);
  return made;
}

bool put_truth(json::object& sink,
               const scenario& of,
               const std::string& file,
               std::int64_t started_unix_nano) {
  const auto targets = static_cast<double>(of.fleet.targets);
  json::object made{
    {"scenario", file},
    {"started_unix_nano", started_unix_nano},
    {"target_prefix", "s-"},
    {"late_answers",
     std::filesystem::path{file}.replace_filename(late_answers_file).string()},
    {"share", std::min(1.0, targets_compared / targets)}};
  const auto* told = of.sink.if_contains("truth");
  if (told != nullptr && told->is_object()) {
    merge(made, told->get_object());
  }
  const auto* share = made.if_contains("share");
  boost::system::error_code why;
  const bool any = share->to_number<double>(why) != 0 || why;
  sink["truth"] = std::move(made);
  return any;
}

} // namespace pgmuster::loadtest
