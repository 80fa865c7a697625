// The verdict over a run: its figures against the criteria, and against an
// earlier report. Pure.
#pragma once

#include "loadtest/runner/figures.hpp"
#include "loadtest/runner/scenario.hpp"

#include <string>
#include <vector>

namespace pgmuster::loadtest {

struct finding {
  std::string figure;
  double value = 0;
  bool passed = false;
  /// A whole sentence.
  std::string words;
};

struct verdict {
  bool passed = false;
  /// One for each criterion; those that failed first.
  std::vector<finding> findings;
  /// One line: the outcome, and what failed.
  std::string line;
};

/// A run with no cycle in its measurement has shown nothing, and fails.
[[nodiscard]] verdict
judge_run(const run_record& run, const figures& found, const criteria& pass);

/// Costs that are worse than `before` by more than `percent` fail too; what is
/// too small to be measured is not compared. So do series
/// that are fewer by more than `fewer_percent`, and points of a cycle that are
/// fewer than half: what is not collected costs nothing.
void compare(verdict& with,
             const figures& found,
             const figures& before,
             double percent,
             double fewer_percent = 10);

/// Sets `passed` and `line` from the findings.
void conclude(verdict& over, const std::string& scenario);

/// Four digits at most, without an exponent where it can be helped.
[[nodiscard]] std::string print_value(double value);

} // namespace pgmuster::loadtest
