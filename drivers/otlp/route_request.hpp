// A request as a route's configuration wants it, whoever sends it.
#pragma once

#include "codec/frame.hpp"
#include "drivers/otlp/http_client.hpp"

namespace pgmuster {

/// With this tenant's headers; without a body. What `run` sends, and what
/// `check` and `spool replay` try.
[[nodiscard]] http_request route_request(const otlp_destination& to,
                                         signal carries,
                                         const tenant_id& tenant);

} // namespace pgmuster
