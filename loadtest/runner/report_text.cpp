#include "loadtest/runner/report.hpp"

#include <fmt/format.h>

namespace pgmuster::loadtest {

std::string report_text(const report& of) {
  std::string text = fmt::format("{}: {}\n", of.what.name, of.what.about);
  text += fmt::format(
    "{} {}, seed {}, {}; {} cores, {}, Linux {}, load before {:.2f}\n",
    of.what.fleet.targets, of.real ? "targets on real servers" : "targets",
    of.what.seed, of.when, of.here.cores, of.here.processor, of.here.kernel,
    of.here.load);
  const auto commit = commit_of(of.version);
  text += fmt::format("commit {}; {}\n\n", commit.empty() ? "unknown" : commit,
                      of.repeat);
  for (const auto& about : figure_infos()) {
    const auto found = of.found.find(about.name);
    if (found == of.found.end()
        || (about.is == figure_kind::fault && found->second == 0)) {
      continue;
    }
    text += fmt::format("  {:<24} {:>12} {:<4} {}\n", about.name,
                        print_value(found->second), about.unit, about.meaning);
  }
  for (const auto& [name, count] : of.run.sink_at_end.misdeeds) {
    text += fmt::format("  {:<24} {:>12}      requests that the sink met so\n",
                        "sink: " + name, count);
  }
  text += "\n";
  for (const auto& one : of.judged.findings) {
    if (!one.passed) {
      text += fmt::format("  FAILED  {}\n", one.words);
    }
  }
  for (const auto& one : of.run.sink_at_end.examples) {
    text += fmt::format("  seen    {}\n", one);
  }
  return text + of.judged.line + "\n";
}

} // namespace pgmuster::loadtest
