// A destination, and how frames are batched for it, sent to it and tried again.
#pragma once

#include "config/byte_count.hpp"
#include "config/limits.hpp"
#include "config/secret.hpp"
#include "config/strong_id.hpp"
#include "config/time.hpp"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace pgmuster {

enum class compression : std::uint8_t { none, gzip, zstd };

/// The value may hold `tenant_variable`, which each tenant's frames replace.
struct http_header {
  std::string name;
  secret_string value;
};
inline constexpr std::string_view tenant_variable = "${tenant.id}";

/// When a batch becomes a frame: whichever comes first.
struct batch_limits {
  /// Before compression.
  byte_count bytes = limits::frame_bytes_max;
  std::uint64_t points = limits::frame_points_max;
  milliseconds age = limits::frame_age_max;
};

/// Pauses before a frame is sent again; they hold its sub-queue.
struct retry_limits {
  milliseconds first{1'000};
  milliseconds longest{30'000};
  /// How long 401 and 403 hold a sub-queue.
  milliseconds unauthorised{60'000};
  /// A destination's Retry-After cannot ask for more than this.
  milliseconds retry_after_max{3'600'000};
  /// Frames wholly refused in a row that open the breaker.
  std::uint32_t refused_max = 3;
};

/// When an exporter stops sending for a while.
struct breaker_limits {
  /// Failures in a row that open it.
  std::uint32_t failures_max = 5;
  /// So does this share of failures, in per cent, among the outcomes within
  /// `window`, if there were at least `outcomes_min`.
  std::uint32_t failures_percent = 50;
  milliseconds window{30'000};
  std::uint32_t outcomes_min = 20;
  milliseconds open_first{1'000};
  /// Doubles up to this while the probe fails.
  milliseconds open_longest{30'000};
  /// A probe without an outcome for this long is lost; another may go.
  milliseconds probe_lost_after{60'000};
};

/// What is trusted and shown when a route speaks TLS.
struct route_tls {
  enum class version : std::uint8_t { tls_1_2, tls_1_3 };
  version least = version::tls_1_3;
  /// The roots that may vouch for the destination; empty: this system's.
  std::filesystem::path roots;
  /// Our own certificate and its private key; both or neither.
  std::filesystem::path certificate;
  std::filesystem::path key;
};

/// What fresh frames do while a sub-queue has spooled ones: wait behind them,
/// or go first.
enum class delivery_order : std::uint8_t { strict, relaxed };

/// What becomes of a frame that may have arrived although no answer came.
enum class ambiguous_send : std::uint8_t { retry, drop };

/// How monotonic sums are sent: what they are since their start, or what they
/// add since the point before.
enum class sum_temporality : std::uint8_t { cumulative, delta };

/// A destination whose limits are known; decides defaults.
enum class route_profile : std::uint8_t {
  none,
  collector,
  newrelic,
  grafana,
  datadog
};

/// OTLP over HTTP/protobuf. `url` is the base; `/v1/metrics` is appended
/// unless the path already ends in it or `metrics_url` is given. Logs go to
/// `/v1/logs` of the base.
struct otlp_destination {
  std::string url;
  /// Not empty: requests go to exactly this URL, and nothing is appended.
  std::string metrics_url;
  route_profile profile = route_profile::none;
  compression encoding = compression::zstd;
  std::vector<http_header> headers;
  /// Exporter actors that deliver for this route.
  std::size_t shards = 2;
  milliseconds timeout{10'000};
  retry_limits retry;
  breaker_limits breaker;
  route_tls tls;
  /// May hold a password. Empty: none; absent: the environment's, as curl
  /// reads it.
  std::optional<secret_string> proxy;
  delivery_order ordering = delivery_order::strict;
  /// Frames whose newest point is older are dropped.
  std::optional<milliseconds> age_max;
  ambiguous_send on_ambiguous = ambiguous_send::retry;
  sum_temporality temporality = sum_temporality::cumulative;
};

/// For what is printed: a query may hold a key, and which of its words is one
/// is not known.
[[nodiscard]] std::string without_query(const std::string& url);

/// As they are sent with this tenant's frames.
[[nodiscard]] std::vector<http_header>
headers_for(const otlp_destination& destination, const tenant_id& tenant);

/// OTLP/JSON, one request a line. The path `-` is standard output.
struct file_destination {
  std::filesystem::path path;
};

/// What a route carries. Logs only where they are known to be taken.
struct route_signals {
  bool metrics = true;
  bool logs = false;
};

struct route_config {
  route_name name;
  std::variant<otlp_destination, file_destination> destination;
  batch_limits batch;
  route_signals signals = {};
};

/// Exporter actors that deliver for it.
[[nodiscard]] inline std::size_t shards_of(const route_config& route) {
  const auto* otlp = std::get_if<otlp_destination>(&route.destination);
  return otlp != nullptr ? otlp->shards : 1;
}

} // namespace pgmuster
