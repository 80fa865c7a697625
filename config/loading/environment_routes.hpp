// OpenTelemetry's own variables, for whoever has them set anyway.
#pragma once

#include "config/loading/document.hpp"
#include "config/loading/problems.hpp"

namespace pgmuster::loading {

using environment_map = std::map<std::string, std::string>;

/// Gives a document without routes its default: a route `otlp` from
/// OTEL_EXPORTER_OTLP_… or NEW_RELIC_API_KEY, else the route `file` to
/// standard output. A METRICS_ variable goes before the general one, and what
/// it names is the whole URL (OpenTelemetry's exporter specification).
void add_default_route(const environment_map& environment,
                       document& into,
                       problem_list& problems);

/// `key=value,key=value`, both percent-encoded. Error malformed holds no
/// value.
[[nodiscard]] result<attributes> parse_pairs(std::string_view text);

/// OTEL_RESOURCE_ATTRIBUTES without what pgmuster itself sets.
[[nodiscard]] attributes resource_of(const environment_map& environment,
                                     problem_list& problems);

} // namespace pgmuster::loading
