// OpenTelemetry's own variables, for whoever has them set anyway.
#pragma once

#include "config/loading/environment_pairs.hpp"

namespace pgmuster::loading {

/// Gives a document without routes its default: a route `otlp` from
/// OTEL_EXPORTER_OTLP_… or NEW_RELIC_API_KEY, else the route `file` to
/// standard output. A METRICS_ variable goes before the general one, and what
/// it names is the whole URL (OpenTelemetry's exporter specification).
void add_default_route(const environment_map& environment,
                       document& into,
                       problem_list& problems);

} // namespace pgmuster::loading
