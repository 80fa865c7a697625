#include "loadtest/runner/figures.hpp"

#include "loadtest/runner/unheard.hpp"

#include <algorithm>

namespace pgmuster::loadtest {
namespace {

using enum figure_kind;

/// Connections to the sink and of the admin address come and go: so many more
/// at the end are no leak. Of all others one is.
constexpr double http_sockets_allowed = 16;

const process_figures& process(const sample& of, std::string_view name) {
  static const process_figures none;
  const auto found = of.processes.find(name);
  return found == of.processes.end() ? none : found->second;
}

double ratio(double part, double whole) {
  return whole > 0 ? part / whole : 0;
}

double fault_count(const sink_figures& sink, std::string_view name) {
  const auto found = sink.faults.find(name);
  return found == sink.faults.end() ? 0 : static_cast<double>(found->second);
}

double cycles_expected(const run_record& run, double took) {
  const auto targets = static_cast<double>(run.targets);
  const auto others = targets * (static_cast<double>(run.databases) - 1);
  return ratio(targets * took, run.instance_interval_s)
         + ratio(others * took, run.database_interval_s);
}

void put_cycles(const run_record& run,
                const sample& first,
                const sample& last,
                figures& into) {
  const double took = last.at_s - first.at_s;
  const auto late = gained(first.collector.lateness, last.collector.lateness);
  into["cycles"] = last.collector.cycles - first.collector.cycles;
  into["cycles_skipped"] = last.collector.skipped - first.collector.skipped;
  into["cycles_done_share"] = ratio(into["cycles"], cycles_expected(run, took));
  into["late_p50_s"] = quantile(late, 0.5);
  into["late_p99_s"] = quantile(late, 0.99);
  into["late_max_s"] = std::min(highest(late), 1e9);
}

void put_costs(const run_record& run,
               const sample& first,
               const sample& last,
               figures& into) {
  const double took = last.at_s - first.at_s;
  const auto spent = [&](std::string_view name) {
    return process(last, name).cpu_seconds - process(first, name).cpu_seconds;
  };
  const auto& collector = process(last, "collector");
  into["measured_s"] = took;
  into["cpu_ms_a_cycle"] = ratio(spent("collector") * 1e3, into["cycles"]);
  into["collector_cpu_percent"] = ratio(spent("collector") * 100, took);
  into["simulator_cpu_percent"] = ratio(spent("simulator") * 100, took);
  into["sink_cpu_percent"] = ratio(spent("sink") * 100, took);
  double peak = 0;
  for (const auto& one : run.samples) {
    peak = std::max(peak, process(one, "collector").resident_bytes);
  }
  into["memory_mib"] = peak / 1048576.0;
  into["memory_kib_a_target"] =
    ratio(peak / 1024.0, static_cast<double>(run.targets));
  const double at_begin = process(first, "collector").resident_bytes;
  into["memory_growth_percent"] =
    ratio((collector.resident_bytes - at_begin) * 100, at_begin);
  into["descriptors"] = collector.descriptors;
  into["context_switches_per_s"] = ratio(
    collector.context_switches - process(first, "collector").context_switches,
    took);
}

void put_flow(const run_record& run,
              const sample& first,
              const sample& last,
              figures& into) {
  const double took = last.at_s - first.at_s;
  const auto& before = first.collector;
  const auto& after = last.collector;
  into["points_observed_per_s"] =
    ratio(after.points_observed - before.points_observed, took);
  into["points_per_s"] = ratio(static_cast<double>(last.sink.points)
                                 - static_cast<double>(first.sink.points),
                               took);
  into["points_observed_a_cycle"] =
    ratio(after.points_observed - before.points_observed, into["cycles"]);
  into["frames"] = after.requests - before.requests;
  into["bytes_per_s"] = ratio(after.bytes - before.bytes, took);
  into["bytes_a_point"] =
    ratio(after.bytes - before.bytes,
          after.points_acknowledged - before.points_acknowledged);
  into["connects"] = after.connects - before.connects;
  into["probe_errors"] = after.probe_errors - before.probe_errors;
  into["first_point_s"] = run.first_point_s;
  into["received_p50_s"] = last.sink.age_p50_ms / 1e3;
  into["received_p95_s"] = last.sink.age_p95_ms / 1e3;
  into["received_max_s"] = last.sink.age_max_ms / 1e3;
  into["acknowledged_p95_s"] =
    quantile(gained(before.delivery_age, after.delivery_age), 0.95);
}

void put_account(const run_record& run, figures& into) {
  const auto& sink = run.sink_at_end;
  const auto latest =
    run.samples.empty() ? collector_figures{} : run.samples.back().collector;
  const double delivered = run.stopped.said
                             ? static_cast<double>(run.stopped.delivered)
                             : latest.points_acknowledged;
  // Points that arrived twice must not make up for points that never did.
  const double twice = fault_count(sink, "duplicate");
  const double once = static_cast<double>(sink.points) - twice;
  into["points_delivered"] = delivered;
  into["points_arrived"] = static_cast<double>(sink.points);
  into["points_lost"] = std::max(0.0, delivered - once);
  into["points_doubled"] = twice + std::max(0.0, once - delivered);
  into["points_redelivered"] = static_cast<double>(sink.points_redelivered);
  into["points_dropped"] = run.stopped.said
                             ? static_cast<double>(run.stopped.lost)
                             : latest.points_dropped;
  into["series"] = static_cast<double>(sink.series);
  double most = 0;
  for (const auto& [tenant, series] : sink.series_a_target) {
    const bool struck = std::find(run.struck.begin(), run.struck.end(), tenant)
                        != run.struck.end();
    most = struck ? most : std::max(most, series);
  }
  into["bystander_series_a_target"] = most;
  into["points_compared"] = static_cast<double>(sink.compared);
  into["wrong_values"] = fault_count(sink, "wrong_value");
  into["sums_compared"] = static_cast<double>(sink.sums_compared);
  into["wrong_sums"] = fault_count(sink, "wrong_sum");
  for (const char* name : {"duplicate", "conflict", "disorder", "fell",
                           "start_went_back", "bad_start", "gap", "no_value"}) {
    into[std::string{"faults_"} + name] = fault_count(sink, name);
  }
}

void put_health(const run_record& run, const sample& last, figures& into) {
  double unbalanced = run.stopped.said && !run.stopped.balanced ? 1 : 0;
  for (const auto& one : run.samples) {
    unbalanced += one.collector.balanced ? 0 : 1;
  }
  into["books_unbalanced"] = unbalanced;
  into["leaked_sockets"] =
    std::max(0.0, run.http_sockets_end - run.http_sockets_begin
                    - http_sockets_allowed)
    + std::max(0.0, run.stray_sockets_end - run.stray_sockets_begin);
  into["targets_missing"] =
    std::max(0.0, static_cast<double>(run.targets)
                    - static_cast<double>(last.sink.targets_up));
  into["actor_restarts"] = last.collector.actor_restarts;
  into["collector_failures"] =
    static_cast<double>(run.ended_early.size())
    + (run.stopped.said && run.stopped.exit_code == 0 ? 0 : 1);
  into["unknown_sql"] = run.unknown_sql.value_or(0);
  into["stop_s"] = run.stopped.took_s;
}

std::vector<figure_info> costs_and_flow() {
  return {
    {"measured_s", "s", "length of the measurement", fact},
    {"cycles", "", "cycles that were completed in it", fact},
    {"cycles_done_share", "", "of those that were due", fact},
    {"cycles_skipped", "", "cycles that did not take place", fault},
    {"late_p50_s", "s", "from a cycle's due time to its rows, median", fact},
    {"late_p99_s", "s", "the same, 99th percentile", cost},
    {"late_max_s", "s", "the same, bound of the latest", fact},
    {"cpu_ms_a_cycle", "ms", "the collector's CPU time a cycle", cost},
    {"collector_cpu_percent", "%", "of one core", fact},
    {"simulator_cpu_percent", "%", "of one core", fact},
    {"sink_cpu_percent", "%", "of one core", fact},
    {"memory_mib", "MiB", "the collector's largest resident memory", cost},
    {"memory_kib_a_target", "KiB", "the same a target, all included", cost},
    {"memory_growth_percent", "%",
     "from the begin of the measurement to its end", fact},
    {"descriptors", "", "open in the collector at the end", fact},
    {"context_switches_per_s", "1/s", "of the collector", fact},
    {"points_observed_per_s", "1/s", "points mapped from rows", fact},
    {"points_observed_a_cycle", "", "the same a cycle", fact},
    {"points_per_s", "1/s", "points that arrived", fact},
    {"frames", "", "export requests", fact},
    {"bytes_per_s", "B/s", "of export requests, as sent", fact},
    {"bytes_a_point", "B", "the same a point", cost},
    {"connects", "", "connections made to servers", fact},
    {"probe_errors", "", "probes that failed", fault},
    {"first_point_s", "s", "from the collector's start to its first point",
     fact},
    {"received_p50_s", "s", "from an observation to its arrival, median", fact},
    {"received_p95_s", "s", "the same, 95th percentile", cost},
    {"received_max_s", "s", "the same, the oldest", fact},
    {"acknowledged_p95_s", "s",
     "from a frame's oldest observation to its acknowledgement", cost},
  };
}

std::vector<figure_info> account_and_health() {
  return {
    {"points_delivered", "", "points that the collector says it delivered",
     fact},
    {"points_arrived", "", "points that the sink took", fact},
    {"points_lost", "", "delivered, it says, but never arrived", fault},
    {"points_doubled", "", "arrived more often than they were delivered",
     fault},
    {"points_redelivered", "",
     "of requests that came again, byte for byte, since no answer had come",
     fact},
    {"points_dropped", "", "discarded by the collector, for a reason", fault},
    {"series", "", "series that arrived", fact},
    {"bystander_series_a_target", "",
     "of the tenant, of those that nothing is done to, that has most", fact},
    {"points_compared", "", "points compared with the truth", fact},
    {"wrong_values", "", "points that differ from the truth", fault},
    {"sums_compared", "",
     "sums of all statement series of a database and metric, compared with it",
     fact},
    {"wrong_sums", "", "of those, how many differ", fault},
    {"faults_duplicate", "", "the same point twice", fault},
    {"faults_conflict", "", "two values at one time", fault},
    {"faults_disorder", "", "earlier than the series' last point", fault},
    {"faults_fell", "", "a counter fell within its start", fault},
    {"faults_start_went_back", "", "a start before the previous one", fault},
    {"faults_bad_start", "", "no start, or one after its own time", fault},
    {"faults_gap", "", "series that were silent for too long", fault},
    {"faults_no_value", "", "points without a value", fault},
    {"books_unbalanced", "", "samples at which a book did not balance", fault},
    {"leaked_sockets", "", "more sockets at the end that belong to no session",
     fault},
    {"targets_missing", "", "targets that the sink does not know as up", fault},
    {"actor_restarts", "", "actors that failed and were started anew", fault},
    {"collector_failures", "", "ends before the time, and exit codes not 0",
     fault},
    {"unknown_sql", "", "statements that the simulated servers do not know",
     fault},
    {"stop_s", "s", "from SIGTERM to the collector's end", fact},
  };
}

} // namespace

const std::vector<figure_info>& figure_infos() {
  static const std::vector<figure_info> all = [] {
    auto made = costs_and_flow();
    const auto more = account_and_health();
    made.insert(made.end(), more.begin(), more.end());
    return made;
  }();
  return all;
}

bool is_figure(std::string_view name) {
  const auto& all = figure_infos();
  return std::any_of(all.begin(), all.end(),
                     [&](const auto& one) { return one.name == name; });
}

figures figures_of(const run_record& run) {
  figures made;
  static const sample nothing;
  const bool measured = run.end < run.samples.size() && run.begin <= run.end;
  const auto& first = measured ? run.samples[run.begin] : nothing;
  const auto& last = measured ? run.samples[run.end] : nothing;
  put_cycles(run, first, last, made);
  put_costs(run, first, last, made);
  put_flow(run, first, last, made);
  put_account(run, made);
  put_health(run, last, made);
  forget_unheard(run, first, last, made);
  return made;
}

} // namespace pgmuster::loadtest
