// Which figure comes from whom.
#include "loadtest/runner/unheard.hpp"

#include <initializer_list>
#include <limits>

namespace pgmuster::loadtest {
namespace {

using names = std::initializer_list<const char*>;

constexpr names of_collector = {"cycles",
                                "cycles_skipped",
                                "cycles_done_share",
                                "late_p50_s",
                                "late_p99_s",
                                "late_max_s",
                                "cpu_ms_a_cycle",
                                "points_observed_per_s",
                                "points_observed_a_cycle",
                                "frames",
                                "bytes_per_s",
                                "bytes_a_point",
                                "connects",
                                "probe_errors",
                                "acknowledged_p95_s",
                                "actor_restarts",
                                "leaked_sockets"};
constexpr names of_sink = {"points_per_s", "received_p50_s", "received_p95_s",
                           "received_max_s", "targets_missing"};
constexpr names of_sink_report = {"points_arrived",
                                  "points_lost",
                                  "points_doubled",
                                  "series",
                                  "points_redelivered",
                                  "points_compared",
                                  "bystander_series_a_target",
                                  "wrong_values",
                                  "sums_compared",
                                  "wrong_sums",
                                  "faults_duplicate",
                                  "faults_conflict",
                                  "faults_disorder",
                                  "faults_fell",
                                  "faults_start_went_back",
                                  "faults_bad_start",
                                  "faults_gap",
                                  "faults_no_value",
                                  "first_point_s"};

void forget(figures& in, names which) {
  for (const char* name : which) {
    in[name] = std::numeric_limits<double>::quiet_NaN();
  }
}

/// The kernel told of it at first, and not any more.
bool has_ended(const sample& first, const sample& last, std::string_view name) {
  const auto before = first.processes.find(name);
  const auto after = last.processes.find(name);
  return before != first.processes.end()
         && (after == last.processes.end()
             || after->second.resident_bytes <= 0);
}

} // namespace

void forget_unheard(const run_record& run,
                    const sample& first,
                    const sample& last,
                    figures& in) {
  if (!first.collector.heard || !last.collector.heard) {
    forget(in, of_collector);
  }
  if (!first.sink.heard || !last.sink.heard) {
    forget(in, of_sink);
  }
  if (!run.sink_at_end.heard) {
    forget(in, of_sink_report);
  }
  if (!run.unknown_sql) {
    forget(in, {"unknown_sql"});
  }
  if (has_ended(first, last, "collector")) {
    forget(in,
           {"cpu_ms_a_cycle", "collector_cpu_percent", "memory_growth_percent",
            "descriptors", "context_switches_per_s", "leaked_sockets"});
  }
  if (has_ended(first, last, "simulator")) {
    forget(in, {"simulator_cpu_percent"});
  }
  if (has_ended(first, last, "sink")) {
    forget(in, {"sink_cpu_percent"});
  }
}

std::string unheard_words(const run_record& run) {
  bool collector = true;
  bool sink = true;
  for (const auto at : {run.begin, run.end}) {
    collector =
      collector && at < run.samples.size() && run.samples[at].collector.heard;
    sink = sink && at < run.samples.size() && run.samples[at].sink.heard;
  }
  std::string words;
  const auto say = [&words](const char* more) {
    words += (words.empty() ? "" : "; ") + std::string{more};
  };
  if (!collector) {
    say("the collector did not answer at the measurement's begin or end");
  }
  if (!sink) {
    say("the sink did not answer at the measurement's begin or end");
  }
  if (!run.sink_at_end.heard) {
    say("the sink left no report");
  }
  if (!run.unknown_sql) {
    say("the simulator left no report");
  }
  return words;
}

} // namespace pgmuster::loadtest
