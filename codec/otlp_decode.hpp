// Reads OTLP requests for whoever receives them, and writes what a receiver
// answers; protobuf stays behind this header.
#pragma once

#include "codec/points.hpp"
#include "config/result.hpp"

#include <span>
#include <string>
#include <string_view>

namespace pgmuster {

/// Views are valid during the call that hands them out.
struct received_attribute {
  std::string_view key;
  /// As text; integers and booleans are printed.
  std::string_view value;
};

struct received_metric {
  std::string_view name;
  std::string_view unit;
  instrument kind = instrument::gauge;
  /// Of a sum; a gauge is neither.
  bool cumulative = false;
};

struct received_point {
  /// The epoch when the sender left it out.
  wall_time start{};
  wall_time time{};
  number value;
  std::span<const received_attribute> attributes;
};

/// Told of a request's points in their order: each resource, then its metrics,
/// then their points.
class otlp_reader {
public:
  otlp_reader() = default;
  virtual ~otlp_reader() = default;
  otlp_reader(const otlp_reader&) = delete;
  otlp_reader& operator=(const otlp_reader&) = delete;

  virtual void on_resource(std::span<const received_attribute> described) = 0;
  virtual void on_metric(const received_metric& what) = 0;
  virtual void on_point(const received_point& point) = 0;
};

/// Keeps an arena between calls: one a thread.
class otlp_decoder {
public:
  otlp_decoder();
  ~otlp_decoder();
  otlp_decoder(const otlp_decoder&) = delete;
  otlp_decoder& operator=(const otlp_decoder&) = delete;

  /// Gauges and sums of an uncompressed ExportMetricsServiceRequest; returns
  /// their points. The reader hears of nothing unless the whole is a message.
  [[nodiscard]] result<std::uint64_t> decode(std::string_view request,
                                             otlp_reader& into);

private:
  struct state;
  std::unique_ptr<state> state_;
};

/// The body of a 200 that took all but `rejected` points.
[[nodiscard]] std::string partial_success(std::uint64_t rejected,
                                          std::string_view words);

/// The body of a refusal: google.rpc.Status.
[[nodiscard]] std::string refusal_status(int code, std::string_view words);

} // namespace pgmuster
