// The figures of a report: their names, units and meaning, and how each comes
// from what was seen.
#pragma once

#include "loadtest/runner/run_record.hpp"

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace pgmuster::loadtest {

/// A release is compared with an earlier one by its costs.
enum class figure_kind : std::uint8_t { fact, cost, fault };

struct figure_info {
  std::string_view name;
  std::string_view unit;
  std::string_view meaning;
  figure_kind is = figure_kind::fact;
};

/// In the order of the report.
[[nodiscard]] const std::vector<figure_info>& figure_infos();
[[nodiscard]] bool is_figure(std::string_view name);

using figures = std::map<std::string, double, std::less<>>;

/// Every figure of `figure_infos`.
[[nodiscard]] figures figures_of(const run_record& run);

} // namespace pgmuster::loadtest
