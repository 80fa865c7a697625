// What was seen of one run: all that the judge knows.
#pragma once

#include "loadtest/runner/exposition.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace pgmuster::loadtest {

/// What the kernel says of one process.
struct process_figures {
  double cpu_seconds = 0;
  double resident_bytes = 0;
  double descriptors = 0;
  /// Voluntary and not, all threads.
  double context_switches = 0;
};

/// What the collector says of itself; counters since its start.
struct collector_figures {
  /// It answered; without, nothing below is known.
  bool heard = true;
  double cycles = 0;
  double skipped = 0;
  double connects = 0;
  double requests = 0;
  double bytes = 0;
  double points_acknowledged = 0;
  double points_observed = 0;
  double points_dropped = 0;
  double points_held = 0;
  double connections_open = 0;
  double probe_errors = 0;
  double actor_restarts = 0;
  double targets_up = 0;
  bool balanced = true;
  /// Seconds.
  buckets lateness;
  buckets delivery_age;
};

/// What the sink counted since its start.
struct sink_figures {
  /// It answered; without, nothing below is known.
  bool heard = true;
  std::uint64_t requests = 0;
  std::uint64_t bytes = 0;
  std::uint64_t points = 0;
  std::uint64_t points_redelivered = 0;
  std::uint64_t points_rejected = 0;
  std::uint64_t series = 0;
  std::uint64_t targets = 0;
  std::uint64_t targets_up = 0;
  /// One that fell silent while it was up, in words.
  std::string silent_example;
  std::uint64_t compared = 0;
  std::uint64_t sums_compared = 0;
  std::map<std::string, std::uint64_t, std::less<>> faults;
  std::vector<std::string> examples;
  /// By tenant.
  std::map<std::string, double, std::less<>> series_a_target;
  /// How often it did what.
  std::map<std::string, std::uint64_t, std::less<>> misdeeds;
  /// Since the epoch; 0 before the first.
  std::int64_t first_point_ns = 0;
  double age_p50_ms = 0;
  double age_p95_ms = 0;
  double age_max_ms = 0;
};

struct sample {
  /// Since the measurement began; negative while warming up.
  double at_s = 0;
  std::map<std::string, process_figures, std::less<>> processes;
  collector_figures collector;
  sink_figures sink;
};

/// The collector's last words.
struct stop_figures {
  bool said = false;
  std::uint64_t delivered = 0;
  std::uint64_t lost = 0;
  bool balanced = false;
  int exit_code = 0;
  double took_s = 0;
};

/// Reads the line with which `pgmuster run` ends; nothing if it is none.
[[nodiscard]] std::optional<stop_figures>
read_last_words(std::string_view line);

struct run_record {
  std::string scenario;
  std::uint64_t seed = 0;
  /// As `pgmuster version` says it.
  std::string collector_version;
  std::uint64_t targets = 0;
  /// Tenants that something is done to; all others are not to notice.
  std::vector<std::string> struck;
  std::uint64_t databases = 1;
  double instance_interval_s = 10;
  double database_interval_s = 60;
  /// In order; those of the measurement are [begin, end].
  std::vector<sample> samples;
  std::size_t begin = 0;
  std::size_t end = 0;
  /// The collector's sockets that are no sessions of servers, at both ends: of
  /// HTTP, which come and go, and those that nobody accounts for.
  double http_sockets_begin = 0;
  double http_sockets_end = 0;
  double stray_sockets_begin = 0;
  double stray_sockets_end = 0;
  double first_point_s = 0;
  /// Statements that the simulator had no answer for, and the first of them;
  /// nothing without its report.
  std::optional<double> unknown_sql = 0;
  std::string unknown_example;
  /// Values were to be compared with what is simulated.
  bool truth_configured = false;
  /// Processes that ended before their time, in words.
  std::vector<std::string> ended_early;
  /// In words; empty if the measurement lasted as long as it was to.
  std::string cut_short;
  stop_figures stopped;
  /// After the collector's end.
  sink_figures sink_at_end;
};

} // namespace pgmuster::loadtest
