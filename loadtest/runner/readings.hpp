// Turns what the collector and the sink say of themselves into figures.
#pragma once

#include "config/result.hpp"
#include "loadtest/runner/collector_document.hpp"
#include "loadtest/runner/run_record.hpp"

#include <string_view>

namespace pgmuster::loadtest {

/// From the collector's /metrics.
[[nodiscard]] collector_figures collector_of(std::string_view metrics_page);

/// From the sink's report.
[[nodiscard]] result<sink_figures> sink_of(std::string_view report);

/// From the simulator's first line.
[[nodiscard]] result<std::vector<simulator_place>>
places_of(std::string_view line);

} // namespace pgmuster::loadtest
