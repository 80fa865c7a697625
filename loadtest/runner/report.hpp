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
  /// How this run was asked for, as one would type it again; without what only
  /// this machine knows.
  std::string repeat;
  run_record run;
  figures found;
  verdict judged;
};

/// Of `pgmuster version`; empty where the build did not know it.
[[nodiscard]] std::string commit_of(std::string_view version);

[[nodiscard]] std::string report_text(const report& of);
/// One JSON object on one line; `read_figures_of` reads it.
[[nodiscard]] std::string report_json(const report& of);
/// {"verdict": "pass", …} on one line, without the figures.
[[nodiscard]] std::string verdict_json(const report& of);
[[nodiscard]] std::string report_page(const report& of);

/// What a later run compares itself with, of a report_json.
struct earlier_report {
  std::string scenario;
  std::uint64_t targets = 0;
  /// Of the simulated servers; reports of earlier releases do not say it.
  std::optional<std::string> size;
  bool real = false;
  figures found;
};
[[nodiscard]] result<earlier_report> read_report(std::string_view text);

/// In words why the two say nothing of each other; empty if they do.
[[nodiscard]] std::string
incomparable(const scenario& what, bool real, const earlier_report& before);

} // namespace pgmuster::loadtest
