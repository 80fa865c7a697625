// What is known of a kind of destination: the defaults of a route to it.
#pragma once

#include "config/route_config.hpp"

#include <optional>
#include <string_view>

namespace pgmuster::loading {

[[nodiscard]] std::optional<route_profile>
profile_named(std::string_view name) noexcept;

/// Encoding, request size, TLS and temporality as the destination wants them;
/// the route's own keys go before them.
void apply_profile(route_profile which,
                   otlp_destination& destination,
                   batch_limits& batch);

/// The header without which it takes nothing; empty: none.
[[nodiscard]] std::string_view needed_header(route_profile which) noexcept;

} // namespace pgmuster::loading
