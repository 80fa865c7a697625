// What the encoder writes, read back by the generated classes.
#include "codec/otlp_encode.hpp"

#include <boost/json.hpp>
#include <gtest/gtest.h>
#include <opentelemetry/proto/collector/metrics/v1/metrics_service.pb.h>

#include <map>
#include <random>

namespace pgmuster {
namespace {

namespace otlp = opentelemetry::proto;
using export_request =
  otlp::collector::metrics::v1::ExportMetricsServiceRequest;
using data_point = otlp::metrics::v1::NumberDataPoint;

constexpr wall_time start_at{nanoseconds{1'700'000'000'000'000'001}};
constexpr wall_time seen_at{nanoseconds{1'700'000'060'000'000'002}};

resource make_resource() {
  resource of;
  of.described = {{"service.namespace", "acme"}, {"service.name", "orders"}};
  of.port = 5433;
  return of;
}

std::shared_ptr<block_layout> make_layout() {
  auto layout = std::make_shared<block_layout>();
  layout->metrics = {
    {"postgresql.operations", "{row}", "Rows changed", instrument::counter,
     false},
    {"postgresql.backends", "{connection}", "", instrument::updown, false},
    {"postgresql.wal.lag", "s", "", instrument::gauge, true}};
  layout->keys = {"db.namespace", "db.collection.name"};
  layout->columns = {
    {0, {{"operation", "ins"}}}, {1, {}}, {0, {{"operation", "upd"}}}, {2, {}}};
  return layout;
}

point_row
make_row(std::string database, std::string table, std::vector<number> values) {
  return {{std::move(database), std::move(table)},
          std::move(values),
          start_at,
          seen_at};
}

export_request parse(const std::string& bytes) {
  export_request request;
  EXPECT_TRUE(request.ParseFromString(bytes));
  return request;
}

std::map<std::string, std::string> attributes_of(const data_point& point) {
  std::map<std::string, std::string> found;
  for (const auto& one : point.attributes()) {
    EXPECT_TRUE(found.emplace(one.key(), one.value().string_value()).second);
  }
  return found;
}

using labels = std::map<std::string, std::string>;

TEST(otlp_encoder, counters_updowns_and_gauges_become_their_kinds_of_data) {
  otlp_encoder encoder;
  const std::vector<point_block> blocks = {
    {make_layout(),
     {make_row("shop", "public.item",
               {number::of(std::int64_t{7}), number::of(std::int64_t{-3}),
                number::of(std::int64_t{9}), number::of(0.5)})}}};
  const encoded_points encoded = encoder.encode(make_resource(), blocks);
  EXPECT_EQ(encoded.points, 4U);
  const export_request request = parse(encoded.bytes);
  ASSERT_EQ(request.resource_metrics_size(), 1);
  const auto& of = request.resource_metrics(0);
  ASSERT_EQ(of.resource().attributes_size(), 3);
  EXPECT_EQ(of.resource().attributes(1).value().string_value(), "orders");
  EXPECT_EQ(of.resource().attributes(2).key(), "server.port");
  EXPECT_EQ(of.resource().attributes(2).value().int_value(), 5433);
  ASSERT_EQ(of.scope_metrics_size(), 1);
  EXPECT_EQ(of.scope_metrics(0).scope().name(), "pgmuster");
  EXPECT_FALSE(of.scope_metrics(0).scope().version().empty());
  ASSERT_EQ(of.scope_metrics(0).metrics_size(), 3);

  const auto& counter = of.scope_metrics(0).metrics(0);
  EXPECT_EQ(counter.name(), "postgresql.operations");
  EXPECT_EQ(counter.unit(), "{row}");
  EXPECT_EQ(counter.description(), "Rows changed");
  EXPECT_TRUE(counter.sum().is_monotonic());
  EXPECT_EQ(counter.sum().aggregation_temporality(),
            otlp::metrics::v1::AGGREGATION_TEMPORALITY_CUMULATIVE);
  ASSERT_EQ(counter.sum().data_points_size(), 2);
  const data_point& inserted = counter.sum().data_points(0);
  EXPECT_EQ(inserted.as_int(), 7);
  EXPECT_EQ(inserted.start_time_unix_nano(), 1'700'000'000'000'000'001U);
  EXPECT_EQ(inserted.time_unix_nano(), 1'700'000'060'000'000'002U);
  EXPECT_EQ(attributes_of(inserted),
            (labels{{"db.namespace", "shop"},
                    {"db.collection.name", "public.item"},
                    {"operation", "ins"}}));
  EXPECT_EQ(attributes_of(counter.sum().data_points(1)).at("operation"), "upd");

  const auto& updown = of.scope_metrics(0).metrics(1);
  EXPECT_FALSE(updown.sum().is_monotonic());
  EXPECT_EQ(updown.sum().aggregation_temporality(),
            otlp::metrics::v1::AGGREGATION_TEMPORALITY_CUMULATIVE);
  EXPECT_EQ(updown.sum().data_points(0).as_int(), -3);

  const auto& gauge = of.scope_metrics(0).metrics(2);
  ASSERT_TRUE(gauge.has_gauge());
  EXPECT_EQ(gauge.gauge().data_points(0).as_double(), 0.5);
  EXPECT_EQ(gauge.gauge().data_points(0).start_time_unix_nano(), 0U);
}

TEST(otlp_encoder, only_counters_are_deltas_where_deltas_are_wanted) {
  otlp_encoder encoder;
  const std::vector<point_block> blocks = {
    {make_layout(),
     {make_row("shop", "public.item",
               {number::of(std::int64_t{7}), number::of(std::int64_t{-3}),
                number::of(std::int64_t{9}), number::of(0.5)})}}};
  const auto temporality = [&](sum_temporality wanted, int metric) {
    return parse(encoder.encode(make_resource(), blocks, wanted).bytes)
      .resource_metrics(0)
      .scope_metrics(0)
      .metrics(metric)
      .sum()
      .aggregation_temporality();
  };
  EXPECT_EQ(temporality(sum_temporality::delta, 0),
            otlp::metrics::v1::AGGREGATION_TEMPORALITY_DELTA);
  EXPECT_EQ(temporality(sum_temporality::delta, 1),
            otlp::metrics::v1::AGGREGATION_TEMPORALITY_CUMULATIVE);
  EXPECT_EQ(temporality(sum_temporality::cumulative, 0),
            otlp::metrics::v1::AGGREGATION_TEMPORALITY_CUMULATIVE);
}

TEST(otlp_encoder, absent_values_and_empty_attributes_are_left_out) {
  otlp_encoder encoder;
  const std::vector<point_block> blocks = {
    {make_layout(),
     {make_row("shop", "",
               {number{}, number::of(std::int64_t{0}), number{}, number{}})}}};
  resource of;
  const encoded_points encoded = encoder.encode(of, blocks);
  EXPECT_EQ(encoded.points, 1U);
  const export_request request = parse(encoded.bytes);
  EXPECT_EQ(request.resource_metrics(0).resource().attributes_size(), 0);
  const auto& scope = request.resource_metrics(0).scope_metrics(0);
  ASSERT_EQ(scope.metrics_size(), 1);
  const data_point& zero = scope.metrics(0).sum().data_points(0);
  EXPECT_EQ(zero.value_case(), data_point::kAsInt) << "a 0 must be written";
  EXPECT_EQ(attributes_of(zero), (labels{{"db.namespace", "shop"}}));
}

TEST(otlp_encoder, nothing_to_send_is_no_bytes) {
  otlp_encoder encoder;
  EXPECT_TRUE(encoder.encode(make_resource(), {}).bytes.empty());
  const encoded_points encoded = encoder.encode(
    make_resource(), {{make_layout(), {make_row("shop", "t", {number{}})}}});
  EXPECT_TRUE(encoded.bytes.empty());
  EXPECT_EQ(encoded.points, 0U);
}

TEST(otlp_encoder, blocks_of_several_databases_share_a_metric) {
  otlp_encoder encoder;
  const number one = number::of(std::int64_t{1});
  const std::vector<point_block> blocks = {
    {make_layout(), {make_row("a", "", {one, one, one, one})}},
    {make_layout(), {make_row("b", "", {one, one, one, one})}}};
  const encoded_points encoded = encoder.encode(make_resource(), blocks);
  EXPECT_EQ(encoded.points, 8U);
  const export_request request = parse(encoded.bytes);
  const auto& scope = request.resource_metrics(0).scope_metrics(0);
  ASSERT_EQ(scope.metrics_size(), 3);
  EXPECT_EQ(scope.metrics(0).sum().data_points_size(), 4);
  const data_point& real = scope.metrics(2).gauge().data_points(0);
  EXPECT_EQ(real.as_double(), 1.0) << "a real metric is a double throughout";
}

TEST(otlp_encoder, encoded_points_concatenate_into_one_request) {
  otlp_encoder encoder;
  const number one = number::of(std::int64_t{1});
  const std::vector<point_block> blocks = {
    {make_layout(), {make_row("a", "t", {one, one, one, one})}}};
  resource other = make_resource();
  other.described[1].value = "billing";
  const std::string bytes = encoder.encode(make_resource(), blocks).bytes
                            + encoder.encode(other, blocks).bytes;
  const export_request request = parse(bytes);
  ASSERT_EQ(request.resource_metrics_size(), 2);
  EXPECT_EQ(
    request.resource_metrics(1).resource().attributes(1).value().string_value(),
    "billing");
}

TEST(otlp_encoder, an_invalid_byte_does_not_spoil_the_request) {
  otlp_encoder encoder;
  const std::vector<point_block> blocks = {
    {make_layout(), {make_row("caf\xE9", "t", {number::of(std::int64_t{1})})}}};
  const export_request request =
    parse(encoder.encode(make_resource(), blocks).bytes);
  const auto& metric = request.resource_metrics(0).scope_metrics(0).metrics(0);
  EXPECT_EQ(attributes_of(metric.sum().data_points(0)).at("db.namespace"),
            "caf\xEF\xBF\xBD");
}

TEST(otlp_encoder, any_observation_comes_back_number_by_number) {
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE(testing::Message() << "seed " << seed);
  std::mt19937 random(seed);
  otlp_encoder encoder;
  for (int round = 0; round < 20; ++round) {
    const auto layout = make_layout();
    point_block block{layout, {}};
    std::map<std::string, std::int64_t> sent;
    for (unsigned row = 0; row < random() % 300; ++row) {
      const std::string table = "t" + std::to_string(row);
      std::vector<number> values(4);
      for (const std::size_t at : {0U, 2U}) {
        if (random() % 3 != 0) {
          const auto value = static_cast<std::int64_t>(random()) << 20U;
          values[at] = number::of(value);
          sent[table + layout->columns[at].fixed[0].value] = value;
        }
      }
      block.rows.push_back(make_row("d", table, values));
    }
    const encoded_points encoded = encoder.encode(make_resource(), {block});
    EXPECT_EQ(encoded.points, sent.size());
    EXPECT_EQ(encoded.points, count_points(block));
    std::map<std::string, std::int64_t> got;
    const export_request request = parse(encoded.bytes);
    for (const auto& of : request.resource_metrics()) {
      for (const auto& point :
           of.scope_metrics(0).metrics(0).sum().data_points()) {
        const labels found = attributes_of(point);
        got[found.at("db.collection.name") + found.at("operation")] =
          point.as_int();
      }
    }
    EXPECT_EQ(got, sent);
  }
}

TEST(otlp_json_line, is_one_line_in_the_shape_of_otlp_json) {
  otlp_encoder encoder;
  const std::vector<point_block> blocks = {
    {make_layout(),
     {make_row("two\nlines", "t", {number::of(std::int64_t{1} << 60U)})}}};
  const auto line =
    otlp_json_line(encoder.encode(make_resource(), blocks).bytes);
  ASSERT_TRUE(line) << describe(line.error());
  EXPECT_EQ(line->find('\n'), std::string::npos);
  const boost::json::value read = boost::json::parse(*line);
  const auto& sum =
    read.at_pointer("/resourceMetrics/0/scopeMetrics/0/metrics/0/sum");
  EXPECT_EQ(sum.at("aggregationTemporality"), 2);
  EXPECT_EQ(sum.at("isMonotonic"), true);
  const auto& point = sum.at("dataPoints").at(0);
  EXPECT_EQ(point.at("asInt"), "1152921504606846976");
  EXPECT_EQ(point.at("timeUnixNano"), "1700000060000000002");
  EXPECT_EQ(point.at_pointer("/attributes/0/value/stringValue"), "two\nlines");
}

TEST(otlp_json_line, refuses_what_is_no_request) {
  const auto line = otlp_json_line("\xFF\xFF");
  ASSERT_FALSE(line);
  EXPECT_NE(describe(line.error()).find("protobuf"), std::string::npos);
}

} // namespace
} // namespace pgmuster
