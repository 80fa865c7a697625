// A run's report for people and programs: text, JSON and one HTML page that
// loads nothing.
#pragma once

#include "config/result.hpp"
#include "loadtest/runner/judge.hpp"
#include "loadtest/runner/machine.hpp"

#include <string>
#include <string_view>

namespace pgmuster::loadtest {

struct report {
  scenario what;
  machine here;
  /// RFC 3339.
  std::string when;
  /// Of the collector: what it says of its version.
  std::string version;
  /// The servers are real ones.
  bool real = false;
  run_record run;
  figures found;
  verdict judged;
};

[[nodiscard]] std::string report_text(const report& of);
/// One JSON object on one line; `read_figures_of` reads it.
[[nodiscard]] std::string report_json(const report& of);
/// {"verdict": "pass", …} on one line, without the figures.
[[nodiscard]] std::string verdict_json(const report& of);
[[nodiscard]] std::string report_page(const report& of);

/// The figures of an earlier report_json.
[[nodiscard]] result<figures> read_report(std::string_view text);

} // namespace pgmuster::loadtest
