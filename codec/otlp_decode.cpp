// The whole message is parsed before the reader hears of it, so that a cut
// request counts for nothing.
#include "codec/otlp_decode.hpp"

#include "codec/errc.hpp"

#include <fmt/format.h>
#include <google/protobuf/arena.h>
#include <google/rpc/status.pb.h>
#include <opentelemetry/proto/collector/metrics/v1/metrics_service.pb.h>

#include <deque>
#include <limits>
#include <vector>

namespace pgmuster {
namespace {

namespace otlp_common = opentelemetry::proto::common::v1;
namespace otlp_metrics = opentelemetry::proto::metrics::v1;
using google::protobuf::Arena;
using opentelemetry::proto::collector::metrics::v1::ExportMetricsServiceRequest;
using opentelemetry::proto::collector::metrics::v1::
  ExportMetricsServiceResponse;

/// A frame of 900 kB parses into about three times that.
constexpr std::size_t arena_block_kept = 4UL * 1024UL * 1024UL;

wall_time at(std::uint64_t nanos) {
  return wall_time{nanoseconds{static_cast<std::int64_t>(nanos)}};
}

number value_of(const otlp_metrics::NumberDataPoint& point) {
  switch (point.value_case()) {
  case otlp_metrics::NumberDataPoint::kAsInt:
    return number::of(std::int64_t{point.as_int()});
  case otlp_metrics::NumberDataPoint::kAsDouble:
    return number::of(point.as_double());
  default:
    return {};
  }
}

/// One list of attributes as views; numbers are printed into `printed`.
class attribute_views {
public:
  template <class Fields>
  std::span<const received_attribute> of(const Fields& fields) {
    views_.clear();
    printed_.clear();
    for (const otlp_common::KeyValue& one : fields) {
      views_.push_back({one.key(), text(one.value())});
    }
    return views_;
  }

private:
  std::string_view text(const otlp_common::AnyValue& value) {
    switch (value.value_case()) {
    case otlp_common::AnyValue::kStringValue:
      return value.string_value();
    case otlp_common::AnyValue::kIntValue:
      return printed_.emplace_back(fmt::to_string(value.int_value()));
    case otlp_common::AnyValue::kDoubleValue:
      return printed_.emplace_back(fmt::to_string(value.double_value()));
    case otlp_common::AnyValue::kBoolValue:
      return value.bool_value() ? "true" : "false";
    default:
      return {};
    }
  }

  std::vector<received_attribute> views_;
  /// A deque, so that growing moves no text.
  std::deque<std::string> printed_;
};

class walk {
public:
  explicit walk(otlp_reader& into) : into_(into) {}

  void take(const otlp_metrics::ResourceMetrics& one) {
    into_.on_resource(resource_.of(one.resource().attributes()));
    for (const auto& scope : one.scope_metrics()) {
      for (const auto& metric : scope.metrics()) {
        take(metric);
      }
    }
  }

  [[nodiscard]] std::uint64_t points() const { return points_; }

private:
  void take(const otlp_metrics::Metric& metric) {
    received_metric what{metric.name(), metric.unit(), instrument::gauge,
                         false};
    if (metric.has_gauge()) {
      into_.on_metric(what);
      take(metric.gauge().data_points());
    } else if (metric.has_sum()) {
      what.kind =
        metric.sum().is_monotonic() ? instrument::counter : instrument::updown;
      what.cumulative = metric.sum().aggregation_temporality()
                        == otlp_metrics::AGGREGATION_TEMPORALITY_CUMULATIVE;
      into_.on_metric(what);
      take(metric.sum().data_points());
    }
  }

  template <class Points>
  void take(const Points& points) {
    for (const otlp_metrics::NumberDataPoint& one : points) {
      into_.on_point({at(one.start_time_unix_nano()), at(one.time_unix_nano()),
                      value_of(one), point_.of(one.attributes())});
      ++points_;
    }
  }

  otlp_reader& into_;
  attribute_views resource_;
  attribute_views point_;
  std::uint64_t points_ = 0;
};

} // namespace

struct otlp_decoder::state {
  state() : arena(options(block)) {}

  static google::protobuf::ArenaOptions options(std::vector<char>& block) {
    block.resize(arena_block_kept);
    google::protobuf::ArenaOptions made;
    made.initial_block = block.data();
    made.initial_block_size = block.size();
    made.start_block_size = arena_block_kept;
    made.max_block_size = arena_block_kept;
    return made;
  }

  std::vector<char> block;
  Arena arena;
};

otlp_decoder::otlp_decoder() : state_(std::make_unique<state>()) {}

otlp_decoder::~otlp_decoder() = default;

result<std::uint64_t> otlp_decoder::decode(std::string_view request,
                                           otlp_reader& into) {
  Arena& arena = state_->arena;
  arena.Reset();
  auto* message = Arena::CreateMessage<ExportMetricsServiceRequest>(&arena);
  if (request.size() > std::numeric_limits<int>::max()
      || !message->ParseFromArray(request.data(),
                                  static_cast<int>(request.size()))) {
    arena.Reset();
    return fail(codec_errc::not_a_message, "export request");
  }
  walk walking{into};
  for (const auto& one : message->resource_metrics()) {
    walking.take(one);
  }
  arena.Reset();
  return walking.points();
}

std::string partial_success(std::uint64_t rejected, std::string_view words) {
  ExportMetricsServiceResponse answer;
  answer.mutable_partial_success()->set_rejected_data_points(
    static_cast<std::int64_t>(rejected));
  answer.mutable_partial_success()->set_error_message(std::string{words});
  return answer.SerializeAsString();
}

std::string refusal_status(int code, std::string_view words) {
  google::rpc::Status status;
  status.set_code(code);
  status.set_message(std::string{words});
  return status.SerializeAsString();
}

} // namespace pgmuster
