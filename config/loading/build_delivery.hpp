// The keys that say how frames reach an OTLP destination.
#pragma once

#include "config/loading/build.hpp"

namespace pgmuster::loading {

/// Over what the route's profile has set: batch, retry, breaker, TLS, proxy,
/// order and age.
void read_delivery(const cursor& at,
                   const build_context& context,
                   otlp_destination& destination,
                   batch_limits& batch);

} // namespace pgmuster::loading
