// HTTP POSTs by libcurl on the reactor's thread.
#pragma once

#include "codec/export_verdict.hpp"
#include "config/route_config.hpp"
#include "drivers/reactor/reactor.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace pgmuster {

struct http_request {
  std::string url;
  std::vector<http_header> headers;
  std::string content_type = "application/x-protobuf";
  /// Empty for identity.
  std::string content_encoding;
  /// Shared, immutable: a retry sends the same bytes.
  std::shared_ptr<const std::string> body;
  milliseconds timeout{10'000};
  route_tls tls;
  /// As otlp_destination::proxy.
  std::optional<secret_string> proxy;
  /// A connection that was not used for so long is not used again: something
  /// on the way may have forgotten it.
  seconds connection_idle_max{60};
  /// Nor is one that is older, so that destinations behind a name can come and
  /// go.
  seconds connection_age_max{600};
  /// Not one that is kept: the last request may have failed for its sake.
  bool fresh_connection = false;
};

class http_client {
public:
  virtual ~http_client() = default;

  /// From any thread. Calls back exactly once on the reactor's thread.
  /// Connections are kept and reused, and closed when they are old; over TLS
  /// HTTP/2 is spoken where the destination does; redirects are not followed;
  /// the answer's body is cut at limits::answer_bytes_max.
  virtual void post(http_request request,
                    std::function<void(export_answer)> done) = 0;

  /// Ends what is under way (status 0, ambiguous). Before the reactor's stop.
  virtual void stop() = 0;
};

[[nodiscard]] std::unique_ptr<http_client> start_http_client(reactor& reactor);

/// `url` with `/v1/metrics` appended where it does not end in it already.
[[nodiscard]] std::string metrics_url(const std::string& url);

/// `url` with `/v1/logs` appended, in the place of `/v1/metrics` if it ends in
/// that.
[[nodiscard]] std::string logs_url(const std::string& url);

} // namespace pgmuster
