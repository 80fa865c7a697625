// Every level is cut where the points before come nearest to half of them; what
// stands above the cut (resource, scope, metric) goes into both parts.
#include "codec/otlp_split.hpp"

#include "codec/errc.hpp"

#include <opentelemetry/proto/collector/logs/v1/logs_service.pb.h>
#include <opentelemetry/proto/collector/metrics/v1/metrics_service.pb.h>

#include <limits>

namespace pgmuster {
namespace {

namespace metrics = opentelemetry::proto::metrics::v1;
namespace logs = opentelemetry::proto::logs::v1;
using opentelemetry::proto::collector::logs::v1::ExportLogsServiceRequest;
using opentelemetry::proto::collector::metrics::v1::ExportMetricsServiceRequest;

std::uint64_t points_of(const metrics::NumberDataPoint& /*one*/) {
  return 1;
}
std::uint64_t points_of(const metrics::HistogramDataPoint& /*one*/) {
  return 1;
}
std::uint64_t points_of(const logs::LogRecord& /*one*/) {
  return 1;
}

std::uint64_t points_of(const metrics::Metric& metric) {
  return static_cast<std::uint64_t>(metric.gauge().data_points_size())
         + static_cast<std::uint64_t>(metric.sum().data_points_size())
         + static_cast<std::uint64_t>(metric.histogram().data_points_size());
}

// Declared ahead of the templates that choose among them.
std::uint64_t points_of(const metrics::ScopeMetrics& scope);
std::uint64_t points_of(const metrics::ResourceMetrics& resource);
std::uint64_t points_of(const logs::ScopeLogs& scope);
std::uint64_t points_of(const logs::ResourceLogs& resource);
bool halve(metrics::ScopeMetrics& first, metrics::ScopeMetrics& second);
bool halve(metrics::ResourceMetrics& first, metrics::ResourceMetrics& second);
bool halve(logs::ScopeLogs& first, logs::ScopeLogs& second);
bool halve(logs::ResourceLogs& first, logs::ResourceLogs& second);

template <class Elements>
std::uint64_t sum_of_points(const Elements& elements) {
  std::uint64_t points = 0;
  for (const auto& one : elements) {
    points += points_of(one);
  }
  return points;
}

std::uint64_t points_of(const metrics::ScopeMetrics& scope) {
  return sum_of_points(scope.metrics());
}
std::uint64_t points_of(const metrics::ResourceMetrics& resource) {
  return sum_of_points(resource.scope_metrics());
}
std::uint64_t points_of(const logs::ScopeLogs& scope) {
  return sum_of_points(scope.log_records());
}
std::uint64_t points_of(const logs::ResourceLogs& resource) {
  return sum_of_points(resource.scope_logs());
}
std::uint64_t points_of(const ExportMetricsServiceRequest& request) {
  return sum_of_points(request.resource_metrics());
}
std::uint64_t points_of(const ExportLogsServiceRequest& request) {
  return sum_of_points(request.resource_logs());
}

/// Takes out what holds no point: it would make halves that hold none.
template <class Elements>
void drop_empty(Elements& elements) {
  int kept = 0;
  for (int at = 0; at < elements.size(); ++at) {
    if (points_of(elements.Get(at)) > 0) {
      elements.SwapElements(kept++, at);
    }
  }
  elements.DeleteSubrange(kept, elements.size() - kept);
}

/// Two or more elements, none of them empty: the first part has the elements
/// before the cut, the second the rest.
template <class Elements>
void cut(Elements& first, Elements& second) {
  const auto whole = sum_of_points(first);
  std::uint64_t before = points_of(first.Get(0));
  int at = 1;
  while (at + 1 < first.size()
         && (before + points_of(first.Get(at))) * 2 <= whole) {
    before += points_of(first.Get(at++));
  }
  first.DeleteSubrange(at, first.size() - at);
  second.DeleteSubrange(0, at);
}

/// Each returns false if there is nothing to cut between.
template <class Points>
bool halve_points(Points& first, Points& second) {
  if (first.size() < 2) {
    return false;
  }
  cut(first, second);
  return true;
}

bool halve(metrics::Metric& first, metrics::Metric& second) {
  if (first.has_sum()) {
    return halve_points(*first.mutable_sum()->mutable_data_points(),
                        *second.mutable_sum()->mutable_data_points());
  }
  if (first.has_gauge()) {
    return halve_points(*first.mutable_gauge()->mutable_data_points(),
                        *second.mutable_gauge()->mutable_data_points());
  }
  return first.has_histogram()
         && halve_points(*first.mutable_histogram()->mutable_data_points(),
                         *second.mutable_histogram()->mutable_data_points());
}

bool halve(logs::LogRecord& /*first*/, logs::LogRecord& /*second*/) {
  return false;
}

/// Between these elements, or within the only one.
template <class Elements>
bool halve_elements(Elements& first, Elements& second) {
  drop_empty(first);
  drop_empty(second);
  if (first.size() > 1) {
    cut(first, second);
    return true;
  }
  return first.size() == 1 && halve(*first.Mutable(0), *second.Mutable(0));
}

bool halve(metrics::ScopeMetrics& first, metrics::ScopeMetrics& second) {
  return halve_elements(*first.mutable_metrics(), *second.mutable_metrics());
}
bool halve(metrics::ResourceMetrics& first, metrics::ResourceMetrics& second) {
  return halve_elements(*first.mutable_scope_metrics(),
                        *second.mutable_scope_metrics());
}
bool halve(ExportMetricsServiceRequest& first,
           ExportMetricsServiceRequest& second) {
  return halve_elements(*first.mutable_resource_metrics(),
                        *second.mutable_resource_metrics());
}
bool halve(logs::ScopeLogs& first, logs::ScopeLogs& second) {
  return halve_elements(*first.mutable_log_records(),
                        *second.mutable_log_records());
}
bool halve(logs::ResourceLogs& first, logs::ResourceLogs& second) {
  return halve_elements(*first.mutable_scope_logs(),
                        *second.mutable_scope_logs());
}
bool halve(ExportLogsServiceRequest& first, ExportLogsServiceRequest& second) {
  return halve_elements(*first.mutable_resource_logs(),
                        *second.mutable_resource_logs());
}

template <class Request>
result<std::vector<request_part>> split(std::string_view bytes) {
  Request first;
  if (bytes.size() > std::numeric_limits<int>::max()
      || !first.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
    return fail(codec_errc::not_a_message, "export request");
  }
  Request second{first};
  std::vector<request_part> parts;
  const bool halved = halve(first, second);
  parts.push_back({first.SerializeAsString(), points_of(first)});
  if (halved) {
    parts.push_back({second.SerializeAsString(), points_of(second)});
  }
  return parts;
}

} // namespace

result<std::vector<request_part>> split_request(signal carries,
                                                std::string_view bytes) {
  return carries == signal::logs ? split<ExportLogsServiceRequest>(bytes)
                                 : split<ExportMetricsServiceRequest>(bytes);
}

} // namespace pgmuster
