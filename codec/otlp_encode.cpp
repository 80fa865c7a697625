// Builds one ResourceMetrics on an arena that is kept between calls. A row's
// attributes are made once and shared by all its points, since they are most
// of the work.
#include "codec/otlp_encode.hpp"

#include "config/utf8.hpp"

#include <google/protobuf/arena.h>
#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/wire_format_lite.h>
#include <opentelemetry/proto/collector/metrics/v1/metrics_service.pb.h>

#include <map>
#include <utility>

namespace pgmuster {
namespace {

namespace otlp_common = opentelemetry::proto::common::v1;
namespace otlp_metrics = opentelemetry::proto::metrics::v1;
using opentelemetry::proto::collector::metrics::v1::ExportMetricsServiceRequest;

using google::protobuf::Arena;
using google::protobuf::RepeatedPtrField;
using points_field = RepeatedPtrField<otlp_metrics::NumberDataPoint>;
using attributes_field = RepeatedPtrField<otlp_common::KeyValue>;

/// Kept by an encoder for good; a usual observation fits.
constexpr std::size_t arena_block_kept = 256UL * 1024UL;

void put_text(std::string& into, std::string_view text) {
  if (is_utf8(text)) {
    into.assign(text);
  } else {
    into = to_utf8(text);
  }
}

std::uint64_t nanos(wall_time at) {
  return static_cast<std::uint64_t>(at.time_since_epoch().count());
}

otlp_common::KeyValue*
make_attribute(Arena& arena, std::string_view key, std::string_view value) {
  auto* made = Arena::CreateMessage<otlp_common::KeyValue>(&arena);
  put_text(*made->mutable_key(), key);
  put_text(*made->mutable_value()->mutable_string_value(), value);
  return made;
}

void describe_resource(const resource& of,
                       otlp_metrics::ResourceMetrics& into) {
  auto* described = into.mutable_resource()->mutable_attributes();
  described->Reserve(static_cast<int>(of.described.size()) + 1);
  for (const attribute& one : of.described) {
    auto* made = described->Add();
    put_text(*made->mutable_key(), one.key);
    put_text(*made->mutable_value()->mutable_string_value(), one.value);
  }
  if (of.port != 0) {
    auto* made = described->Add();
    made->set_key("server.port");
    made->mutable_value()->set_int_value(of.port);
  }
}

points_field* describe_metric(const metric_descriptor& what,
                              otlp_metrics::Metric& into) {
  put_text(*into.mutable_name(), what.name);
  put_text(*into.mutable_unit(), what.unit);
  put_text(*into.mutable_description(), what.description);
  if (what.kind == instrument::gauge) {
    return into.mutable_gauge()->mutable_data_points();
  }
  otlp_metrics::Sum* sum = into.mutable_sum();
  sum->set_aggregation_temporality(
    otlp_metrics::AGGREGATION_TEMPORALITY_CUMULATIVE);
  sum->set_is_monotonic(what.kind == instrument::counter);
  return sum->mutable_data_points();
}

void put_value(const number& value,
               bool real,
               otlp_metrics::NumberDataPoint& into) {
  if (value.is == number::kind::real) {
    into.set_as_double(value.real);
  } else if (real) {
    into.set_as_double(static_cast<double>(value.integer));
  } else {
    into.set_as_int(value.integer);
  }
}

/// One encode: collects the points of all blocks, metric by metric.
class builder {
public:
  builder(Arena& arena, otlp_metrics::ScopeMetrics& scope)
    : arena_(arena), scope_(scope) {}

  void add(const point_block& block) {
    const block_layout& layout = *block.layout;
    make_row_attributes(block);
    std::vector<points_field*> fields(layout.metrics.size(), nullptr);
    for (std::size_t at = 0; at < layout.columns.size(); ++at) {
      const std::size_t metric = layout.columns[at].metric;
      if (metric < fields.size()) {
        add_column(block, at, fields[metric]);
      }
    }
  }

  [[nodiscard]] std::uint64_t points() const { return points_; }

private:
  void make_row_attributes(const point_block& block) {
    const std::vector<std::string>& keys = block.layout->keys;
    row_attributes_.assign(block.rows.size() * keys.size(), nullptr);
    auto next = row_attributes_.begin();
    for (const point_row& row : block.rows) {
      for (std::size_t key = 0; key < keys.size(); ++key, ++next) {
        if (key < row.values_of_keys.size()
            && !row.values_of_keys[key].empty()) {
          *next = make_attribute(arena_, keys[key], row.values_of_keys[key]);
        }
      }
    }
  }

  void
  add_column(const point_block& block, std::size_t at, points_field*& field) {
    const block_layout& layout = *block.layout;
    const block_layout::column& column = layout.columns[at];
    const metric_descriptor& metric = layout.metrics[column.metric];
    std::vector<otlp_common::KeyValue*> fixed;
    for (std::size_t row = 0; row < block.rows.size(); ++row) {
      const point_row& from = block.rows[row];
      if (at >= from.values.size() || !from.values[at].present()) {
        continue;
      }
      if (field == nullptr) {
        field = field_of(metric);
        field->Reserve(field->size() + static_cast<int>(block.rows.size()));
      }
      if (fixed.empty()) {
        for (const attribute& one : column.fixed) {
          fixed.push_back(make_attribute(arena_, one.key, one.value));
        }
      }
      otlp_metrics::NumberDataPoint& point = *field->Add();
      put_value(from.values[at], metric.real, point);
      point.set_time_unix_nano(nanos(from.time));
      if (metric.kind != instrument::gauge) {
        point.set_start_time_unix_nano(nanos(from.start));
      }
      put_attributes(row, layout.keys.size(), fixed,
                     *point.mutable_attributes());
      ++points_;
    }
  }

  /// The messages belong to the arena and are only read from here on: several
  /// points may hold the same one.
  void put_attributes(std::size_t row,
                      std::size_t keys,
                      const std::vector<otlp_common::KeyValue*>& fixed,
                      attributes_field& into) {
    into.Reserve(static_cast<int>(keys + fixed.size()));
    for (std::size_t at = row * keys; at < (row + 1) * keys; ++at) {
      if (row_attributes_[at] != nullptr) {
        into.UnsafeArenaAddAllocated(row_attributes_[at]);
      }
    }
    for (otlp_common::KeyValue* one : fixed) {
      into.UnsafeArenaAddAllocated(one);
    }
  }

  /// Blocks of one observation (one per database) may feed the same metric.
  points_field* field_of(const metric_descriptor& metric) {
    points_field*& field = fields_[{metric.name, metric.kind}];
    if (field == nullptr) {
      field = describe_metric(metric, *scope_.add_metrics());
    }
    return field;
  }

  Arena& arena_;
  otlp_metrics::ScopeMetrics& scope_;
  std::vector<otlp_common::KeyValue*> row_attributes_;
  std::map<std::pair<std::string_view, instrument>, points_field*> fields_;
  std::uint64_t points_ = 0;
};

/// The message as a field of a request: tag, length, bytes.
std::string as_field(const otlp_metrics::ResourceMetrics& message) {
  using google::protobuf::internal::WireFormatLite;
  using google::protobuf::io::CodedOutputStream;
  constexpr std::uint32_t tag = WireFormatLite::MakeTag(
    ExportMetricsServiceRequest::kResourceMetricsFieldNumber,
    WireFormatLite::WIRETYPE_LENGTH_DELIMITED);
  const auto size = static_cast<std::uint32_t>(message.ByteSizeLong());
  std::string bytes(CodedOutputStream::VarintSize32(tag)
                      + CodedOutputStream::VarintSize32(size) + size,
                    '\0');
  auto* to = reinterpret_cast<std::uint8_t*>(bytes.data());
  to = CodedOutputStream::WriteTagToArray(tag, to);
  to = CodedOutputStream::WriteVarint32ToArray(size, to);
  message.SerializeWithCachedSizesToArray(to);
  return bytes;
}

} // namespace

struct otlp_encoder::state {
  state() : arena(options(block)) {}

  static google::protobuf::ArenaOptions options(std::vector<char>& block) {
    block.resize(arena_block_kept);
    google::protobuf::ArenaOptions made;
    made.initial_block = block.data();
    made.initial_block_size = block.size();
    made.start_block_size = arena_block_kept;
    made.max_block_size = 4 * arena_block_kept;
    return made;
  }

  std::vector<char> block;
  Arena arena;
};

otlp_encoder::otlp_encoder() : state_(std::make_unique<state>()) {}

otlp_encoder::~otlp_encoder() = default;

encoded_points otlp_encoder::encode(const resource& of,
                                    const std::vector<point_block>& blocks) {
  Arena& arena = state_->arena;
  arena.Reset();
  auto& made = *Arena::CreateMessage<otlp_metrics::ResourceMetrics>(&arena);
  describe_resource(of, made);
  otlp_metrics::ScopeMetrics& scope = *made.add_scope_metrics();
  scope.mutable_scope()->set_name("pgmuster");
  scope.mutable_scope()->set_version(PGMUSTER_VERSION);
  builder building(arena, scope);
  for (const point_block& block : blocks) {
    if (block.layout) {
      building.add(block);
    }
  }
  encoded_points encoded;
  encoded.points = building.points();
  if (encoded.points != 0) {
    encoded.bytes = as_field(made);
  }
  arena.Reset();
  return encoded;
}

} // namespace pgmuster
