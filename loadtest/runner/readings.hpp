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

/// From the simulator's report, the line with which it ends.
struct simulator_end {
  double unknown_sql = 0;
  std::string unknown_example;
};
[[nodiscard]] result<simulator_end> simulator_end_of(std::string_view report);

/// The simulator's first line.
struct simulator_words {
  std::vector<simulator_place> places;
  /// Time zero of its counters and faults.
  std::int64_t started_unix_nano = 0;
};
[[nodiscard]] result<simulator_words>
read_simulator_words(std::string_view line);

} // namespace pgmuster::loadtest
