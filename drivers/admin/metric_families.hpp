// Every metric that is known beforehand: names, help, buckets. Only for
// self_metrics.cpp; keeps prometheus-cpp out of what others include.
#pragma once

#include "drivers/admin/series_table.hpp"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

#include <string>

namespace pgmuster {

struct probe_series {
  prometheus::Histogram* duration;
  prometheus::Counter* runs;
  prometheus::Counter* rows;
  prometheus::Counter* points;
};

struct connect_series {
  prometheus::Counter* total;
  prometheus::Histogram* duration;
};

struct route_series {
  prometheus::Histogram* duration;
  prometheus::Histogram* age;
  prometheus::Counter* bytes;
  prometheus::Counter* points;
};

/// References live as long as the registry, which is their first member.
class metric_families {
public:
  using counters = prometheus::Family<prometheus::Counter>;
  using gauges = prometheus::Family<prometheus::Gauge>;
  using histograms = prometheus::Family<prometheus::Histogram>;

  metric_families();
  metric_families(const metric_families&) = delete;
  metric_families& operator=(const metric_families&) = delete;

  counters& counter_family(const std::string& name, const std::string& help);
  gauges& gauge_family(const std::string& name, const std::string& help);

  prometheus::Registry registry;

private:
  histograms& histogram_family(const std::string& name,
                               const std::string& help);

  histograms& probe_duration_;
  counters& probe_runs_;
  counters& probe_rows_;
  counters& probe_points_;
  counters& probe_errors_;
  counters& cycles_skipped_;
  counters& connects_;
  histograms& connect_duration_;
  histograms& export_duration_;
  histograms& delivery_age_;
  counters& export_requests_;
  counters& export_bytes_;
  counters& export_points_;
  counters& config_loads_;
  counters& actor_restarts_;

public:
  prometheus::Histogram& cycle_duration;
  prometheus::Histogram& cycle_lateness;
  prometheus::Counter& refused;
  prometheus::Counter& cpu;

  series_table<probe_series> probes;
  series_table<connect_series> connects;
  series_table<route_series> routes;
  series_table<prometheus::Counter*> probe_errors;
  series_table<prometheus::Counter*> export_requests;
  series_table<prometheus::Counter*> cycles_skipped;
  series_table<prometheus::Counter*> config_loads;
  series_table<prometheus::Counter*> actor_restarts;
};

} // namespace pgmuster
