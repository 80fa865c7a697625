// Every metric that is known beforehand: names, help, buckets.
#include "drivers/admin/metric_families.hpp"

#include <vector>

namespace pgmuster {

namespace {

using prometheus::Labels;
using buckets = prometheus::Histogram::BucketBoundaries;
using values = std::vector<std::string>;

// From a cheap view on loopback to our own default deadline of a probe.
const buckets probe_buckets{0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05,
                            0.1,    0.25,  0.5,    1,     2.5,  5,     10};
// A whole cycle, to its default deadline and beyond.
const buckets cycle_buckets{0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5,
                            1,     2.5,  5,     10,   20,  30};
// The timer wheel turns each 10 ms; a second is what we promise for p99.
const buckets lateness_buckets{0.01, 0.02, 0.05, 0.1, 0.25, 0.5,
                               1,    2,    5,    10,  20};
// DNS, TLS and SCRAM take 1–22 ms each.
const buckets connect_buckets{0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1,
                              0.25,  0.5,    1,     2.5,  5,     10};
const buckets export_buckets{0.0025, 0.005, 0.01, 0.025, 0.05, 0.1,
                             0.25,   0.5,   1,    2.5,   5,    10};

// From a batch's usual wait to a backlog of an hour.
const buckets age_buckets{0.1, 0.25, 0.5, 1,  1.5, 2,   2.5, 3,   4,
                          5,   7.5,  10,  30, 60,  300, 900, 3600};

// One series per value of one label.
series_table<prometheus::Counter*>::make_function
by(prometheus::Family<prometheus::Counter>& family, const char* label) {
  return [&family, label](const values& of) {
    return &family.Add({{label, of[0]}});
  };
}

} // namespace

metric_families::counters&
metric_families::counter_family(const std::string& name,
                                const std::string& help) {
  return prometheus::BuildCounter().Name(name).Help(help).Register(registry);
}

metric_families::gauges&
metric_families::gauge_family(const std::string& name,
                              const std::string& help) {
  return prometheus::BuildGauge().Name(name).Help(help).Register(registry);
}

metric_families::histograms&
metric_families::histogram_family(const std::string& name,
                                  const std::string& help) {
  return prometheus::BuildHistogram().Name(name).Help(help).Register(registry);
}

metric_families::metric_families()
  : probe_duration_(histogram_family("pgmuster_probe_duration_seconds",
                                     "From sending a probe to its last row.")),
    probe_runs_(counter_family("pgmuster_probe_runs_total",
                               "Runs of probes that were answered.")),
    probe_rows_(counter_family("pgmuster_probe_rows_total",
                               "Rows that probes returned.")),
    probe_points_(counter_family("pgmuster_probe_points_total",
                                 "Points mapped from rows of probes.")),
    probe_errors_(
      counter_family("pgmuster_probe_errors_total",
                     "Probes that failed, by the kind of failure.")),
    cycles_skipped_(
      counter_family("pgmuster_cycles_skipped_total",
                     "Cycles that did not take place, by reason.")),
    connects_(counter_family("pgmuster_connects_total",
                             "Attempts to connect to servers, by outcome.")),
    connect_duration_(histogram_family(
      "pgmuster_connect_duration_seconds",
      "From resolving a server's name to a session, or to giving up.")),
    export_duration_(
      histogram_family("pgmuster_export_duration_seconds",
                       "From sending an export request to its answer.")),
    delivery_age_(histogram_family(
      "pgmuster_delivery_age_seconds",
      "From a frame's oldest observation to its acknowledgement.")),
    export_requests_(counter_family("pgmuster_export_requests_total",
                                    "Export requests, by route and outcome.")),
    export_bytes_(counter_family("pgmuster_export_bytes_total",
                                 "Bytes of export requests' bodies, as sent.")),
    export_points_(counter_family("pgmuster_export_points_total",
                                  "Points in export requests.")),
    config_loads_(counter_family("pgmuster_config_loads_total",
                                 "Configurations read, by outcome.")),
    actor_restarts_(
      counter_family("pgmuster_actor_restarts_total",
                     "Actors that failed and were started anew, by kind.")),
    cycle_duration(
      histogram_family("pgmuster_cycle_duration_seconds",
                       "From the first probe of a cycle to its last row.")
        .Add({}, cycle_buckets)),
    cycle_lateness(
      histogram_family("pgmuster_cycle_lateness_seconds",
                       "From when a cycle was due to its rows complete.")
        .Add({}, lateness_buckets)),
    refused(counter_family("pgmuster_metrics_refused_total",
                           "Figures that this page could not take.")
              .Add({})),
    cpu(counter_family("process_cpu_seconds_total",
                       "CPU time of user and system.")
          .Add({})),
    probes([this](const values& of) {
      const Labels labels{{"probe", of[0]}};
      return probe_series{&probe_duration_.Add(labels, probe_buckets),
                          &probe_runs_.Add(labels), &probe_rows_.Add(labels),
                          &probe_points_.Add(labels)};
    }),
    connects([this](const values& of) {
      const Labels labels{{"outcome", of[0]}};
      return connect_series{&connects_.Add(labels),
                            &connect_duration_.Add(labels, connect_buckets)};
    }),
    routes([this](const values& of) {
      const Labels labels{{"route", of[0]}};
      return route_series{&export_duration_.Add(labels, export_buckets),
                          &delivery_age_.Add(labels, age_buckets),
                          &export_bytes_.Add(labels),
                          &export_points_.Add(labels)};
    }),
    probe_errors([this](const values& of) {
      return &probe_errors_.Add({{"probe", of[0]}, {"code", of[1]}});
    }),
    export_requests([this](const values& of) {
      return &export_requests_.Add({{"route", of[0]}, {"outcome", of[1]}});
    }),
    cycles_skipped(by(cycles_skipped_, "reason")),
    config_loads(by(config_loads_, "outcome")),
    actor_restarts(by(actor_restarts_, "kind")) {}

} // namespace pgmuster
