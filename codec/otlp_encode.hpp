// Turns observations into OTLP bytes; protobuf stays behind this header.
#pragma once

#include "codec/frame.hpp"
#include "codec/points.hpp"
#include "config/result.hpp"
#include "config/route_config.hpp"

#include <string>
#include <string_view>

namespace pgmuster {

/// Bytes that can be appended to a request, and what they hold.
struct encoded_points {
  /// One field `resource_metrics` of an ExportMetricsServiceRequest, tag and
  /// length included: such strings are concatenated into a request.
  std::string bytes;
  std::uint64_t points = 0;
};

/// Encodes the blocks of one observation (not its entries). Scope: pgmuster and
/// its version. Thread-compatible: an encoder keeps its buffers, one per actor.
class otlp_encoder {
public:
  otlp_encoder();
  ~otlp_encoder();
  otlp_encoder(const otlp_encoder&) = delete;
  otlp_encoder& operator=(const otlp_encoder&) = delete;

  /// `temporality`: what the values of counters are.
  [[nodiscard]] encoded_points
  encode(const resource& of,
         const std::vector<point_block>& blocks,
         sum_temporality temporality = sum_temporality::cumulative);

private:
  struct state;
  std::unique_ptr<state> state_;
};

/// An ExportMetricsServiceRequest as one line of OTLP/JSON (64-bit integers as
/// strings, enums as numbers, lowerCamelCase), without the newline.
[[nodiscard]] result<std::string> otlp_json_line(std::string_view request);

/// The same for a request of either signal.
[[nodiscard]] result<std::string> otlp_json_line(signal carries,
                                                 std::string_view request);

} // namespace pgmuster
