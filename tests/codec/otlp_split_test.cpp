// Both halves together are the request: every point once, in its order, below
// its own resource and metric.
#include "codec/otlp_split.hpp"
#include "tests/routing/random_source.hpp"

#include <gtest/gtest.h>
#include <opentelemetry/proto/collector/logs/v1/logs_service.pb.h>
#include <opentelemetry/proto/collector/metrics/v1/metrics_service.pb.h>

namespace pgmuster {
namespace {

using opentelemetry::proto::collector::logs::v1::ExportLogsServiceRequest;
using opentelemetry::proto::collector::metrics::v1::ExportMetricsServiceRequest;
using testing_routing::dice;

/// Each point as its place and value, in order.
std::vector<std::string> points_in(const std::string& bytes) {
  ExportMetricsServiceRequest request;
  EXPECT_TRUE(request.ParseFromString(bytes));
  std::vector<std::string> points;
  for (const auto& resource : request.resource_metrics()) {
    const auto where = resource.resource().ShortDebugString();
    for (const auto& scope : resource.scope_metrics()) {
      for (const auto& metric : scope.metrics()) {
        const auto note = [&](const auto& data) {
          for (const auto& one : data) {
            points.push_back(where + scope.scope().name() + metric.name()
                             + metric.unit() + one.ShortDebugString());
          }
        };
        note(metric.sum().data_points());
        note(metric.gauge().data_points());
        note(metric.histogram().data_points());
      }
    }
  }
  return points;
}

/// So many resources, metrics and points as chance will have it, none included.
std::string any_request(dice& random) {
  ExportMetricsServiceRequest request;
  std::int64_t value = 0;
  for (auto r = random.upto(3); r > 0; --r) {
    auto* resource = request.add_resource_metrics();
    auto* key = resource->mutable_resource()->add_attributes();
    key->set_key("target");
    key->mutable_value()->set_int_value(static_cast<std::int64_t>(r));
    for (auto s = random.upto(2); s > 0; --s) {
      auto* scope = resource->add_scope_metrics();
      scope->mutable_scope()->set_name("scope" + std::to_string(s));
      for (auto m = random.upto(4); m > 0; --m) {
        auto* metric = scope->add_metrics();
        metric->set_name("metric" + std::to_string(m));
        metric->set_unit("By");
        const auto points = random.upto(5);
        const auto kind = random.upto(3);
        for (std::uint64_t p = 0; p < points; ++p) {
          if (kind == 0) {
            metric->mutable_histogram()->add_data_points()->set_count(
              static_cast<std::uint64_t>(++value));
          } else if (kind == 1) {
            metric->mutable_gauge()->add_data_points()->set_as_int(++value);
          } else {
            metric->mutable_sum()->add_data_points()->set_as_int(++value);
            metric->mutable_sum()->set_is_monotonic(true);
          }
        }
      }
    }
  }
  return request.SerializeAsString();
}

/// Splits again and again; the parts that are one point, in order.
std::vector<std::string> taken_apart(const std::string& bytes, int depth) {
  EXPECT_LT(depth, 12) << "halves that do not get smaller";
  auto parts = split_request(signal::metrics, bytes).value();
  if (parts.size() == 1 || depth >= 12) {
    return points_in(parts.front().bytes);
  }
  auto first = taken_apart(parts[0].bytes, depth + 1);
  const auto second = taken_apart(parts[1].bytes, depth + 1);
  EXPECT_EQ(first.size(), parts[0].points);
  EXPECT_EQ(second.size(), parts[1].points);
  EXPECT_GT(parts[0].points, 0U);
  EXPECT_GT(parts[1].points, 0U);
  first.insert(first.end(), second.begin(), second.end());
  return first;
}

TEST(split_request, loses_and_reorders_nothing_down_to_single_points) {
  dice random;
  for (int i = 0; i < 1'000; ++i) {
    const auto request = any_request(random);
    ASSERT_EQ(taken_apart(request, 0), points_in(request)) << "request " << i;
  }
}

/// The sizes of a request's resources, each with one metric.
std::vector<std::uint64_t> halves_of(const std::vector<int>& sizes) {
  ExportMetricsServiceRequest request;
  for (const auto size : sizes) {
    auto* metric =
      request.add_resource_metrics()->add_scope_metrics()->add_metrics();
    for (int i = 0; i < size; ++i) {
      metric->mutable_sum()->add_data_points();
    }
  }
  const auto parts =
    split_request(signal::metrics, request.SerializeAsString()).value();
  std::vector<std::uint64_t> points;
  for (const auto& one : parts) {
    points.push_back(one.points);
  }
  return points;
}

TEST(split_request, cuts_between_resources_before_it_cuts_within_one) {
  EXPECT_EQ(halves_of({10, 10, 10, 10}), (std::vector<std::uint64_t>{20, 20}));
  EXPECT_EQ(halves_of({1, 1, 30}), (std::vector<std::uint64_t>{2, 30}));
  EXPECT_EQ(halves_of({30, 1, 1}), (std::vector<std::uint64_t>{30, 2}));
  EXPECT_EQ(halves_of({0, 9, 0}), (std::vector<std::uint64_t>{4, 5}));
  EXPECT_EQ(halves_of({0, 1, 0}), (std::vector<std::uint64_t>{1}));
  EXPECT_EQ(halves_of({}), (std::vector<std::uint64_t>{0}));
}

TEST(split_request, finds_one_point_of_a_full_frame_within_the_bound) {
  // A poisoned point costs two requests a level; 32 are allowed.
  ExportMetricsServiceRequest request;
  auto* metric =
    request.add_resource_metrics()->add_scope_metrics()->add_metrics();
  for (int i = 0; i < 10'000; ++i) {
    metric->mutable_sum()->add_data_points();
  }
  auto bytes = request.SerializeAsString();
  int requests = 1;
  for (;;) {
    auto parts = split_request(signal::metrics, bytes).value();
    if (parts.size() == 1) {
      break;
    }
    requests += 2;
    bytes = parts[1].bytes;
  }
  EXPECT_LE(requests, 32);
}

TEST(split_request, takes_logs_apart_by_record) {
  ExportLogsServiceRequest request;
  auto* scope = request.add_resource_logs()->add_scope_logs();
  for (int i = 0; i < 3; ++i) {
    scope->add_log_records()->set_event_name("event" + std::to_string(i));
  }
  const auto parts =
    split_request(signal::logs, request.SerializeAsString()).value();
  ASSERT_EQ(parts.size(), 2U);
  EXPECT_EQ(parts[0].points, 1U);
  EXPECT_EQ(parts[1].points, 2U);
  ExportLogsServiceRequest second;
  ASSERT_TRUE(second.ParseFromString(parts[1].bytes));
  EXPECT_EQ(second.resource_logs(0).scope_logs(0).log_records(0).event_name(),
            "event1");
  EXPECT_EQ(split_request(signal::logs, parts[0].bytes).value().size(), 1U);
}

TEST(split_request, refuses_what_is_no_request) {
  EXPECT_FALSE(split_request(signal::metrics, "\xFF\xFF"));
  EXPECT_FALSE(split_request(signal::logs, "no request"));
}

} // namespace
} // namespace pgmuster
