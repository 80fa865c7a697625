// What the collector says of itself, in Prometheus' text format.
#pragma once

#include "config/time.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace pgmuster {

/// Counters by name, and gauges by name; the rest is refused and counted in
/// pgmuster_metrics_refused_total.
inline constexpr std::size_t metric_names_max = 256;

/// Thread-safe; nothing here throws. A metric has at most
/// `series_per_metric_max` series, the rest adds into label values `other`.
/// Names and labels are documented in docs/operating.md.
class self_metrics {
public:
  self_metrics();
  ~self_metrics();
  self_metrics(const self_metrics&) = delete;
  self_metrics& operator=(const self_metrics&) = delete;

  /// pgmuster_probe_duration_seconds{probe} where it was measured,
  /// …_runs_total, …_rows_total, …_points_total, …_errors_total{probe,code}
  void probe_finished(std::string_view probe,
                      std::optional<microseconds> took,
                      std::uint64_t rows,
                      std::uint64_t points);
  void probe_failed(std::string_view probe, std::string_view code);

  /// pgmuster_cycle_duration_seconds, pgmuster_cycle_lateness_seconds
  void cycle_finished(milliseconds took, milliseconds lateness);
  /// pgmuster_cycles_skipped_total{reason}
  void cycle_skipped(std::string_view reason);

  /// pgmuster_connects_total{outcome},
  /// pgmuster_connect_duration_seconds{outcome}
  void connect_finished(std::string_view outcome, milliseconds took);

  /// pgmuster_export_duration_seconds{route}, pgmuster_export_requests_total
  /// {route,outcome}, pgmuster_export_bytes_total{route},
  /// pgmuster_export_points_total{route}
  void export_finished(std::string_view route,
                       std::string_view outcome,
                       milliseconds took,
                       std::uint64_t bytes,
                       std::uint64_t points);

  /// pgmuster_delivery_age_seconds{route}
  void frame_acknowledged(std::string_view route, milliseconds age);

  /// pgmuster_config_loads_total{outcome}
  void config_loaded(bool ok);
  /// pgmuster_actor_restarts_total{kind}
  void actor_restarted(std::string_view kind);
  /// pgmuster_log_lines_dropped_total and the like: any counter by name.
  void count(std::string_view name, std::string_view help, double by = 1);

  /// Sets a gauge by name with at most one label pair; used by `on_scrape`.
  void gauge(std::string_view name,
             std::string_view help,
             double value,
             std::string_view label = {},
             std::string_view label_value = {});
  /// Called before each exposition, to set gauges (connections, ledger, bytes
  /// in lanes). Also sets process_* gauges itself.
  void on_scrape(std::function<void(self_metrics&)> hook);

  /// The text of /metrics (Prometheus' text format 0.0.4).
  [[nodiscard]] std::string expose();

private:
  struct state;
  std::unique_ptr<state> state_;
};

} // namespace pgmuster
