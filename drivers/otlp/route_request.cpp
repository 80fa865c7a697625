#include "drivers/otlp/route_request.hpp"

namespace pgmuster {

http_request route_request(const otlp_destination& to,
                           signal carries,
                           const tenant_id& tenant) {
  http_request request;
  request.url = carries == signal::logs  ? logs_url(to.url)
                : to.metrics_url.empty() ? metrics_url(to.url)
                                         : to.metrics_url;
  request.headers = headers_for(to, tenant);
  request.tls = to.tls;
  request.proxy = to.proxy;
  request.timeout = to.timeout;
  return request;
}

} // namespace pgmuster
