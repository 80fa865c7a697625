// Writes one ResourceMetrics field by field, innermost first: a row's
// attributes become bytes once and are copied into each of its points, since
// they are most of the work. The field numbers are those of the generated
// classes.
#include "codec/otlp_encode.hpp"

#include "codec/wire_fields.hpp"
#include "config/free_capacity.hpp"
#include "config/utf8.hpp"

#include <opentelemetry/proto/collector/metrics/v1/metrics_service.pb.h>

#include <algorithm>
#include <unordered_map>

namespace pgmuster {
namespace {

namespace otlp_common = opentelemetry::proto::common::v1;
namespace otlp_metrics = opentelemetry::proto::metrics::v1;
using opentelemetry::proto::collector::metrics::v1::ExportMetricsServiceRequest;
using opentelemetry::proto::resource::v1::Resource;

using namespace wire; // NOLINT(google-build-using-namespace)
using data_point = otlp_metrics::NumberDataPoint;

/// Refers to `text`, or to `mended` if its bytes are no UTF-8.
std::string_view valid(std::string_view text, std::string& mended) {
  if (is_utf8(text)) {
    return text;
  }
  mended = to_utf8(text);
  return mended;
}

void append_text(std::string& to, char tag, std::string_view text) {
  std::string mended;
  append_field(to, tag, valid(text, mended));
}

/// A KeyValue with a text, as a field of whatever has attributes.
void append_attribute(std::string& to,
                      char tag,
                      std::string_view key,
                      std::string_view value) {
  std::string mended_key;
  std::string mended_value;
  key = valid(key, mended_key);
  value = valid(value, mended_value);
  const auto any = field_size(value.size());
  const auto pair = field_size(key.size()) + field_size(any);
  char* at = put_head(grow(to, field_size(pair)), tag, pair);
  at =
    put_head(at, bytes_tag(otlp_common::KeyValue::kKeyFieldNumber), key.size());
  at = put_bytes(at, key);
  at = put_head(at, bytes_tag(otlp_common::KeyValue::kValueFieldNumber), any);
  at = put_head(at, bytes_tag(otlp_common::AnyValue::kStringValueFieldNumber),
                value.size());
  put_bytes(at, value);
}

std::string port_attribute(std::uint16_t port) {
  otlp_common::KeyValue made;
  made.set_key("server.port");
  made.mutable_value()->set_int_value(port);
  return made.SerializeAsString();
}

std::string resource_bytes(const resource& of) {
  constexpr char attribute_tag = bytes_tag(Resource::kAttributesFieldNumber);
  std::string made;
  for (const attribute& one : of.described) {
    append_attribute(made, attribute_tag, one.key, one.value);
  }
  if (of.port != 0) {
    append_field(made, attribute_tag, port_attribute(of.port));
  }
  return made;
}

std::string scope_bytes() {
  otlp_common::InstrumentationScope made;
  made.set_name("pgmuster");
  made.set_version(PGMUSTER_VERSION);
  return made.SerializeAsString();
}

/// All of a metric but its points.
void describe_metric(std::string& into, const metric_descriptor& what) {
  into.clear();
  append_text(into, bytes_tag(otlp_metrics::Metric::kNameFieldNumber),
              what.name);
  append_text(into, bytes_tag(otlp_metrics::Metric::kDescriptionFieldNumber),
              what.description);
  append_text(into, bytes_tag(otlp_metrics::Metric::kUnitFieldNumber),
              what.unit);
}

std::uint64_t nanos(wall_time at) {
  return static_cast<std::uint64_t>(at.time_since_epoch().count());
}

char* put_value(char* to, const number& value, bool real) {
  if (!real && value.is == number::kind::integer) {
    return put_fixed(to, fixed_tag(data_point::kAsIntFieldNumber),
                     static_cast<std::uint64_t>(value.integer));
  }
  const double held = value.is == number::kind::real
                        ? value.real
                        : static_cast<double>(value.integer);
  return put_fixed(to, fixed_tag(data_point::kAsDoubleFieldNumber),
                   WireFormatLite::EncodeDouble(held));
}

/// A metric's buffer that grew beyond it is not kept for the next observation.
constexpr std::size_t points_kept = 2UL * 1024UL;

/// Names of metrics that are remembered from one observation to the next.
constexpr std::size_t names_kept = 4'096;

constexpr std::size_t fixed_field_size = 1 + sizeof(std::uint64_t);

} // namespace

/// One metric's points; the buffers are kept between calls.
struct otlp_encoder::state {
  struct group {
    const metric_descriptor* what = nullptr;
    std::string points;
    /// All of the metric but its points.
    std::string described;
    /// What follows the points: how a sum is to be read.
    std::string tail;

    /// Of the Gauge or Sum.
    [[nodiscard]] std::size_t data_size() const {
      return points.size() + tail.size();
    }
    [[nodiscard]] std::size_t size() const {
      return described.size() + field_size(data_size());
    }
    [[nodiscard]] char* put(char* to) const;
  };

  /// Blocks of one observation (one per database) may feed the same metric.
  group& group_of(const metric_descriptor& metric) {
    std::string_view kind{"guc"};
    name_.assign(metric.name);
    name_ += kind[static_cast<std::size_t>(metric.kind)];
    auto& place = by_name_[name_];
    if (place.observation != observation_) {
      place = {observation_, used_};
      if (used_ == groups_.size()) {
        groups_.emplace_back();
      }
      groups_[used_].what = &metric;
      groups_[used_].points.clear();
      if (groups_[used_].points.capacity() > points_kept) {
        free_capacity(groups_[used_].points);
      }
      ++used_;
    }
    return groups_[place.group];
  }

  void begin(sum_temporality temporality) {
    counters_ = temporality == sum_temporality::delta
                  ? otlp_metrics::AGGREGATION_TEMPORALITY_DELTA
                  : otlp_metrics::AGGREGATION_TEMPORALITY_CUMULATIVE;
    if (by_name_.size() > names_kept) {
      by_name_.clear();
    }
    ++observation_;
    used_ = 0;
    points_ = 0;
  }

  void add(const point_block& block) {
    const block_layout& layout = *block.layout;
    note_row_attributes(block);
    for (std::size_t at = 0; at < layout.columns.size(); ++at) {
      if (layout.columns[at].metric < layout.metrics.size()) {
        add_column(block, at);
      }
    }
  }

  [[nodiscard]] std::string finish(const resource& of);
  [[nodiscard]] std::uint64_t points() const noexcept { return points_; }

private:
  /// Of a metric's points; void but in the observation it was made for.
  struct placing {
    std::uint64_t observation = 0;
    std::size_t group = 0;
  };

  void note_row_attributes(const point_block& block);
  void add_column(const point_block& block, std::size_t at);
  void describe_sum(std::string& into, instrument kind) const;

  std::vector<group> groups_;
  otlp_metrics::AggregationTemporality counters_{};
  std::size_t used_ = 0;
  std::unordered_map<std::string, placing> by_name_;
  std::uint64_t observation_ = 0;
  std::string name_;
  /// Attribute fields of all rows of a block, and where each row's end.
  std::string row_bytes_;
  std::vector<std::size_t> row_ends_;
  std::string fixed_;
  std::uint64_t points_ = 0;
};

void otlp_encoder::state::note_row_attributes(const point_block& block) {
  const auto& keys = block.layout->keys;
  row_bytes_.clear();
  row_ends_.clear();
  for (const point_row& row : block.rows) {
    const auto count = std::min(keys.size(), row.values_of_keys.size());
    for (std::size_t key = 0; key < count; ++key) {
      if (!row.values_of_keys[key].empty()) {
        append_attribute(row_bytes_,
                         bytes_tag(data_point::kAttributesFieldNumber),
                         keys[key], row.values_of_keys[key]);
      }
    }
    row_ends_.push_back(row_bytes_.size());
  }
}

void otlp_encoder::state::add_column(const point_block& block, std::size_t at) {
  const auto& column = block.layout->columns[at];
  const auto& metric = block.layout->metrics[column.metric];
  const bool has_start = metric.kind != instrument::gauge;
  group* into = nullptr;
  std::size_t begin = 0;
  for (std::size_t row = 0; row < block.rows.size(); ++row) {
    const point_row& from = block.rows[row];
    const std::string_view own{row_bytes_.data() + begin,
                               row_ends_[row] - begin};
    begin = row_ends_[row];
    if (at >= from.values.size() || !from.values[at].present()) {
      continue;
    }
    if (into == nullptr) {
      into = &group_of(metric);
      fixed_.clear();
      for (const attribute& one : column.fixed) {
        append_attribute(fixed_, bytes_tag(data_point::kAttributesFieldNumber),
                         one.key, one.value);
      }
    }
    const auto size =
      (has_start ? 3U : 2U) * fixed_field_size + own.size() + fixed_.size();
    // Gauge and Sum have their points under the same number.
    static_assert(int{otlp_metrics::Gauge::kDataPointsFieldNumber}
                  == int{otlp_metrics::Sum::kDataPointsFieldNumber});
    char* to =
      put_head(grow(into->points, field_size(size)),
               bytes_tag(otlp_metrics::Sum::kDataPointsFieldNumber), size);
    if (has_start) {
      to = put_fixed(to, fixed_tag(data_point::kStartTimeUnixNanoFieldNumber),
                     nanos(from.start));
    }
    to = put_fixed(to, fixed_tag(data_point::kTimeUnixNanoFieldNumber),
                   nanos(from.time));
    to = put_value(to, from.values[at], metric.real);
    put_bytes(put_bytes(to, own), fixed_);
    ++points_;
  }
}

void otlp_encoder::state::describe_sum(std::string& into,
                                       instrument kind) const {
  into.clear();
  if (kind != instrument::gauge) {
    into += varint_tag(otlp_metrics::Sum::kAggregationTemporalityFieldNumber);
    into +=
      static_cast<char>(kind == instrument::counter
                          ? counters_
                          : otlp_metrics::AGGREGATION_TEMPORALITY_CUMULATIVE);
  }
  if (kind == instrument::counter) {
    into += varint_tag(otlp_metrics::Sum::kIsMonotonicFieldNumber);
    into += '\1';
  }
}

char* otlp_encoder::state::group::put(char* to) const {
  to = put_head(to, bytes_tag(otlp_metrics::ScopeMetrics::kMetricsFieldNumber),
                size());
  to = put_bytes(to, described);
  to = put_head(to,
                bytes_tag(what->kind == instrument::gauge
                            ? otlp_metrics::Metric::kGaugeFieldNumber
                            : otlp_metrics::Metric::kSumFieldNumber),
                data_size());
  return put_bytes(put_bytes(to, points), tail);
}

std::string otlp_encoder::state::finish(const resource& of) {
  static const std::string scope = scope_bytes();
  const auto described = resource_bytes(of);
  auto metrics = field_size(scope.size());
  for (std::size_t at = 0; at < used_; ++at) {
    describe_metric(groups_[at].described, *groups_[at].what);
    describe_sum(groups_[at].tail, groups_[at].what->kind);
    metrics += field_size(groups_[at].size());
  }
  const auto size = field_size(described.size()) + field_size(metrics);
  std::string made;
  char* to = put_head(
    grow(made, field_size(size)),
    bytes_tag(ExportMetricsServiceRequest::kResourceMetricsFieldNumber), size);
  to =
    put_head(to, bytes_tag(otlp_metrics::ResourceMetrics::kResourceFieldNumber),
             described.size());
  to = put_bytes(to, described);
  to = put_head(
    to, bytes_tag(otlp_metrics::ResourceMetrics::kScopeMetricsFieldNumber),
    metrics);
  to = put_head(to, bytes_tag(otlp_metrics::ScopeMetrics::kScopeFieldNumber),
                scope.size());
  to = put_bytes(to, scope);
  for (std::size_t at = 0; at < used_; ++at) {
    to = groups_[at].put(to);
  }
  return made;
}

otlp_encoder::otlp_encoder() : state_(std::make_unique<state>()) {}

otlp_encoder::~otlp_encoder() = default;

encoded_points otlp_encoder::encode(const resource& of,
                                    const std::vector<point_block>& blocks,
                                    sum_temporality temporality) {
  state_->begin(temporality);
  for (const point_block& block : blocks) {
    if (block.layout) {
      state_->add(block);
    }
  }
  encoded_points encoded;
  encoded.points = state_->points();
  if (encoded.points != 0) {
    encoded.bytes = state_->finish(of);
  }
  return encoded;
}

} // namespace pgmuster
