// key=value,key=value: how OpenTelemetry's variables hold lists.
#pragma once

#include "config/loading/document.hpp"
#include "config/loading/problems.hpp"

namespace pgmuster::loading {

using environment_map = std::map<std::string, std::string>;

/// Both parts percent-decoded. Error malformed; its words hold no value.
[[nodiscard]] result<attributes> parse_pairs(std::string_view text);

/// OTEL_RESOURCE_ATTRIBUTES without what pgmuster itself sets, by key.
[[nodiscard]] attributes resource_of(const environment_map& environment,
                                     problem_list& problems);

} // namespace pgmuster::loading
