#include "config/loading/route_profile.hpp"

namespace pgmuster::loading {

using namespace literals; // NOLINT(google-build-using-namespace): units only

std::optional<route_profile> profile_named(std::string_view name) noexcept {
  if (name == "collector") {
    return route_profile::collector;
  }
  if (name == "newrelic") {
    return route_profile::newrelic;
  }
  if (name == "grafana") {
    return route_profile::grafana;
  }
  if (name == "datadog") {
    return route_profile::datadog;
  }
  return std::nullopt;
}

void apply_profile(route_profile which,
                   otlp_destination& destination,
                   batch_limits& batch) {
  switch (which) {
  case route_profile::none:
    return;
  case route_profile::collector:
    // 20 MiB a request by default, after decompression.
    destination.encoding = compression::zstd;
    batch.bytes = 4_MiB;
    return;
  case route_profile::newrelic:
    // 10⁶ bytes a request; TLS 1.2 is what it promises.
    destination.encoding = compression::zstd;
    destination.tls.least = route_tls::version::tls_1_2;
    batch.bytes = 900_kB;
    return;
  case route_profile::grafana:
    // Takes no zstd.
    destination.encoding = compression::gzip;
    batch.bytes = 900_kB;
    return;
  case route_profile::datadog:
    // 512 KiB a request, after compression, which may fail to shrink it; no
    // word of zstd. It takes sums as deltas only.
    destination.encoding = compression::gzip;
    destination.temporality = sum_temporality::delta;
    batch.bytes = 500_kB;
    return;
  }
}

std::string_view needed_header(route_profile which) noexcept {
  switch (which) {
  case route_profile::newrelic:
    return "api-key";
  case route_profile::grafana:
    return "Authorization";
  case route_profile::datadog:
    return "dd-api-key";
  case route_profile::none:
  case route_profile::collector:
    break;
  }
  return {};
}

} // namespace pgmuster::loading
