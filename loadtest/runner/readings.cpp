#include "loadtest/runner/readings.hpp"

#include "loadtest/errc.hpp"

#include <boost/json.hpp>

namespace pgmuster::loadtest {
namespace {

namespace json = boost::json;

/// 0 where it is absent.
template <class Number>
Number number_at(const json::object& of,
                 std::initializer_list<std::string_view> path) {
  const json::object* here = &of;
  const json::value* found = nullptr;
  for (const auto step : path) {
    found = here == nullptr ? nullptr : here->if_contains(step);
    here = found == nullptr ? nullptr : found->if_object();
  }
  if (found == nullptr) {
    return 0;
  }
  boost::system::error_code why;
  const auto read = found->to_number<Number>(why);
  return why ? Number{0} : read;
}

} // namespace

collector_figures collector_of(std::string_view metrics_page) {
  const auto page = read_exposition(metrics_page);
  collector_figures made;
  made.cycles = page.sum("pgmuster_cycle_duration_seconds_count");
  made.skipped = page.sum("pgmuster_cycles_skipped_total");
  made.connects = page.sum("pgmuster_connects_total");
  made.requests = page.sum("pgmuster_export_requests_total");
  made.bytes = page.sum("pgmuster_export_bytes_total");
  made.points_acknowledged = page.sum("pgmuster_points_acknowledged");
  made.points_observed = page.sum("pgmuster_points_observed");
  made.points_dropped = page.sum("pgmuster_points_dropped");
  made.points_held = page.sum("pgmuster_points_held");
  made.connections_open = page.sum("pgmuster_connections_open");
  made.probe_errors = page.sum("pgmuster_probe_errors_total");
  made.actor_restarts = page.sum("pgmuster_actor_restarts_total");
  made.targets_up = page.one("pgmuster_targets{state=\"up\"}");
  made.balanced = page.sums.count("pgmuster_books_balanced") == 0
                  || page.sum("pgmuster_books_balanced") > 0;
  const auto histogram = [&](std::string_view name) {
    const auto found = page.histograms.find(name);
    return found == page.histograms.end() ? buckets{} : found->second;
  };
  made.lateness = histogram("pgmuster_cycle_lateness_seconds");
  made.delivery_age = histogram("pgmuster_delivery_age_seconds");
  return made;
}

result<sink_figures> sink_of(std::string_view report) {
  boost::system::error_code why;
  const auto document = json::parse(report, why);
  if (why || !document.is_object()) {
    return fail(loadtest_errc::no_answer, "the sink's report is not JSON");
  }
  const auto& of = document.get_object();
  const auto count = [&](auto... path) {
    return number_at<std::uint64_t>(of, {path...});
  };
  sink_figures made;
  made.requests = count("requests");
  made.bytes = count("bytes");
  made.points = count("points");
  made.points_redelivered = count("points_redelivered");
  made.points_rejected = count("points_rejected");
  made.series = count("series");
  made.targets = count("targets", "seen");
  made.targets_up = count("targets", "up");
  if (const auto* all = of.if_contains("targets"); all && all->is_object()) {
    const auto* one = all->get_object().if_contains("silent_example");
    if (one != nullptr && one->is_string()) {
      made.silent_example = std::string{one->get_string()};
    }
  }
  made.compared = count("compared_with_truth");
  made.sums_compared = count("sums_compared_with_truth");
  made.first_point_ns = number_at<std::int64_t>(of, {"first_point_ns"});
  made.age_p50_ms = number_at<double>(of, {"age_ms", "p50"});
  made.age_p95_ms = number_at<double>(of, {"age_ms", "p95"});
  made.age_max_ms = number_at<double>(of, {"age_ms", "max"});
  const auto counts = [&](std::string_view key, auto& into) {
    const auto* all = of.if_contains(key);
    if (all == nullptr || !all->is_object()) {
      return;
    }
    for (const auto& [name, value] : all->get_object()) {
      into[std::string{name}] =
        number_at<std::uint64_t>(all->get_object(), {std::string_view{name}});
    }
  };
  counts("faults", made.faults);
  counts("misdeeds", made.misdeeds);
  if (const auto* all = of.if_contains("series_a_target");
      all != nullptr && all->is_object()) {
    for (const auto& [tenant, value] : all->get_object()) {
      made.series_a_target[std::string{tenant}] =
        number_at<double>(all->get_object(), {std::string_view{tenant}});
    }
  }
  if (const auto* all = of.if_contains("examples"); all && all->is_array()) {
    for (const auto& one : all->get_array()) {
      made.examples.push_back(json::value_to<std::string>(one));
    }
  }
  return made;
}

result<simulator_end> simulator_end_of(std::string_view report) {
  boost::system::error_code why;
  const auto document = json::parse(report, why);
  const auto* of = why ? nullptr : document.if_object();
  if (of == nullptr || !of->contains("unknown_sql")) {
    return fail(loadtest_errc::no_answer, "the simulator left no report");
  }
  simulator_end made;
  made.unknown_sql = number_at<double>(*of, {"unknown_sql"});
  const auto* all = of->if_contains("unknown_examples");
  const auto* list = all == nullptr ? nullptr : all->if_array();
  if (list != nullptr && !list->empty() && list->front().is_string()) {
    made.unknown_example = std::string{list->front().get_string()};
  }
  return made;
}

result<simulator_words> read_simulator_words(std::string_view line) {
  boost::system::error_code why;
  const auto document = json::parse(line, why);
  const auto* whole = why ? nullptr : document.if_object();
  const auto* all =
    whole == nullptr ? nullptr : whole->if_contains("addresses");
  simulator_words told;
  if (all != nullptr && all->is_array()) {
    for (const auto& one : all->get_array()) {
      const auto* at = one.if_object();
      const auto* host = at == nullptr ? nullptr : at->if_contains("host");
      if (host != nullptr && host->is_string()) {
        told.places.push_back({std::string{host->get_string()},
                               number_at<std::uint16_t>(*at, {"port"})});
      }
    }
  }
  if (told.places.empty()) {
    return fail(loadtest_errc::no_answer,
                "the simulator does not say where it listens");
  }
  told.started_unix_nano =
    number_at<std::int64_t>(*whole, {"started_unix_nano"});
  return told;
}

} // namespace pgmuster::loadtest
