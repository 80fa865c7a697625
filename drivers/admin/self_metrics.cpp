// What the collector says of itself, in Prometheus' text format.
#include "drivers/admin/self_metrics.hpp"

#include "drivers/admin/metric_families.hpp"
#include "drivers/admin/process_reading.hpp"

#include <prometheus/text_serializer.h>

#include <exception>
#include <map>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

namespace pgmuster {

namespace {

double in_seconds(microseconds took) {
  return static_cast<double>(took.count()) / 1e6;
}

/// A gauge family by name, its label's name being part of a series' key.
struct named_gauge {
  explicit named_gauge(metric_families::gauges& family)
    : series(
      [&family](const std::vector<std::string>& of) {
        return of[0].empty() ? &family.Add({}) : &family.Add({{of[0], of[1]}});
      },
      1) {}

  series_table<prometheus::Gauge*> series;
};

} // namespace

struct self_metrics::state {
  metric_families metrics;

  std::mutex named_mutex;
  std::map<std::string, prometheus::Counter*, std::less<>> named_counters;
  std::map<std::string, std::unique_ptr<named_gauge>, std::less<>> named_gauges;

  std::mutex hooks_mutex;
  std::vector<std::function<void(self_metrics&)>> hooks;
  std::mutex cpu_mutex;

  /// Nobody's work may fail because it could not be counted.
  template <class Work>
  void guarded(const Work& work) {
    try {
      work();
    } catch (const std::exception&) {
      metrics.refused.Increment();
    }
  }

  prometheus::Counter* counter_named(std::string_view name,
                                     std::string_view help);
  named_gauge* gauge_named(std::string_view name, std::string_view help);
  void read_process_into(self_metrics& into);
};

prometheus::Counter* self_metrics::state::counter_named(std::string_view name,
                                                        std::string_view help) {
  const std::lock_guard lock{named_mutex};
  const auto found = named_counters.find(name);
  if (found != named_counters.end()) {
    return found->second;
  }
  if (named_counters.size() >= metric_names_max) {
    return &metrics.refused;
  }
  prometheus::Counter& made =
    metrics.counter_family(std::string{name}, std::string{help}).Add({});
  named_counters.emplace(name, &made);
  return &made;
}

named_gauge* self_metrics::state::gauge_named(std::string_view name,
                                              std::string_view help) {
  const std::lock_guard lock{named_mutex};
  const auto found = named_gauges.find(name);
  if (found != named_gauges.end()) {
    return found->second.get();
  }
  if (named_gauges.size() >= metric_names_max) {
    metrics.refused.Increment();
    return nullptr;
  }
  auto made = std::make_unique<named_gauge>(
    metrics.gauge_family(std::string{name}, std::string{help}));
  return named_gauges.emplace(name, std::move(made)).first->second.get();
}

self_metrics::self_metrics() : state_(std::make_unique<state>()) {}
self_metrics::~self_metrics() = default;

void self_metrics::probe_finished(std::string_view probe,
                                  std::optional<microseconds> took,
                                  std::uint64_t rows,
                                  std::uint64_t points) {
  state_->guarded([&] {
    const probe_series series = state_->metrics.probes.of({probe});
    if (took) {
      series.duration->Observe(in_seconds(*took));
    }
    series.runs->Increment();
    series.rows->Increment(static_cast<double>(rows));
    series.points->Increment(static_cast<double>(points));
  });
}

void self_metrics::probe_failed(std::string_view probe, std::string_view code) {
  state_->guarded([&] {
    state_->metrics.probe_errors.of({probe, code})->Increment();
  });
}

void self_metrics::cycle_finished(milliseconds took, milliseconds lateness) {
  state_->metrics.cycle_duration.Observe(in_seconds(took));
  state_->metrics.cycle_lateness.Observe(in_seconds(lateness));
}

void self_metrics::cycle_skipped(std::string_view reason) {
  state_->guarded(
    [&] { state_->metrics.cycles_skipped.of({reason})->Increment(); });
}

void self_metrics::connect_finished(std::string_view outcome,
                                    milliseconds took) {
  state_->guarded([&] {
    const connect_series series = state_->metrics.connects.of({outcome});
    series.total->Increment();
    series.duration->Observe(in_seconds(took));
  });
}

void self_metrics::export_finished(std::string_view route,
                                   std::string_view outcome,
                                   milliseconds took,
                                   std::uint64_t bytes,
                                   std::uint64_t points) {
  state_->guarded([&] {
    const route_series series = state_->metrics.routes.of({route});
    series.duration->Observe(in_seconds(took));
    series.bytes->Increment(static_cast<double>(bytes));
    series.points->Increment(static_cast<double>(points));
    state_->metrics.export_requests.of({route, outcome})->Increment();
  });
}

void self_metrics::frame_acknowledged(std::string_view route,
                                      milliseconds age) {
  state_->guarded(
    [&] { state_->metrics.routes.of({route}).age->Observe(in_seconds(age)); });
}

void self_metrics::config_loaded(bool ok) {
  state_->guarded([&] {
    state_->metrics.config_loads.of({ok ? "ok" : "refused"})->Increment();
  });
}

void self_metrics::actor_restarted(std::string_view kind) {
  state_->guarded(
    [&] { state_->metrics.actor_restarts.of({kind})->Increment(); });
}

void self_metrics::count(std::string_view name,
                         std::string_view help,
                         double by) {
  state_->guarded([&] { state_->counter_named(name, help)->Increment(by); });
}

void self_metrics::gauge(std::string_view name,
                         std::string_view help,
                         double value,
                         std::string_view label,
                         std::string_view label_value) {
  state_->guarded([&] {
    if (auto* named = state_->gauge_named(name, help)) {
      named->series.of({label, label_value})->Set(value);
    }
  });
}

void self_metrics::on_scrape(std::function<void(self_metrics&)> hook) {
  const std::lock_guard lock{state_->hooks_mutex};
  state_->hooks.push_back(std::move(hook));
}

void self_metrics::state::read_process_into(self_metrics& into) {
  const process_reading now = read_process();
  const auto set = [&](const char* name, const char* help,
                       const std::optional<double>& value) {
    if (value) {
      into.gauge(name, help, *value);
    }
  };
  set("process_resident_memory_bytes", "Resident memory.", now.resident_bytes);
  set("process_open_fds", "Open descriptors.", now.open_descriptors);
  set("process_max_fds", "Descriptors that may be open.", now.descriptors_max);
  set("process_start_time_seconds", "Start, in seconds since the Unix epoch.",
      now.start_time_seconds);
  set("process_threads", "Threads.", now.threads);
  const std::lock_guard lock{cpu_mutex};
  const double more = now.cpu_seconds.value_or(0) - metrics.cpu.Value();
  if (more > 0) {
    metrics.cpu.Increment(more);
  }
}

std::string self_metrics::expose() {
  std::string text;
  state_->guarded([&] {
    std::vector<std::function<void(self_metrics&)>> hooks;
    {
      const std::lock_guard lock{state_->hooks_mutex};
      hooks = state_->hooks;
    }
    for (const auto& hook : hooks) {
      state_->guarded([&] { hook(*this); });
    }
    state_->read_process_into(*this);
    text = prometheus::TextSerializer{}.Serialize(
      state_->metrics.registry.Collect());
  });
  return text;
}

} // namespace pgmuster
