#include "loadtest/runner/judge.hpp"

#include "loadtest/runner/unheard.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace pgmuster::loadtest {
namespace {

const figure_info& info_of(std::string_view name) {
  static const figure_info unknown;
  const auto& all = figure_infos();
  const auto found = std::find_if(
    all.begin(), all.end(), [&](const auto& one) { return one.name == name; });
  return found == all.end() ? unknown : *found;
}

/// What a person wants to know beside the number.
std::string
evidence(const run_record& run, const figures& found, std::string_view name) {
  const auto value = [&](std::string_view of) {
    const auto at = found.find(of);
    return print_value(at == found.end() ? 0 : at->second);
  };
  if (name == "points_lost" || name == "points_doubled") {
    return fmt::format("the collector says it delivered {}, the sink took {}",
                       value("points_delivered"), value("points_arrived"));
  }
  if (const auto at = found.find(name);
      at != found.end() && std::isnan(at->second)) {
    return unheard_words(run);
  }
  if (name == "targets_missing" && run.end < run.samples.size()) {
    return run.samples[run.end].sink.silent_example;
  }
  if (name == "unknown_sql") {
    return run.unknown_example;
  }
  if (name == "leaked_sockets") {
    return fmt::format(
      "of HTTP {} at the begin, {} at the end; beside these "
      "and the sessions {} at the begin, {} at the end",
      print_value(run.http_sockets_begin), print_value(run.http_sockets_end),
      print_value(run.stray_sockets_begin), print_value(run.stray_sockets_end));
  }
  if (name == "collector_failures") {
    std::string words;
    for (const auto& one : run.ended_early) {
      words += (words.empty() ? "" : "; ") + one;
    }
    if (!run.stopped.said) {
      words += (words.empty() ? "" : "; ")
               + std::string{"the collector ended without its last words"};
    } else if (run.stopped.exit_code != 0) {
      words += fmt::format("{}exit code {}", words.empty() ? "" : "; ",
                           run.stopped.exit_code);
    }
    return words;
  }
  const auto key = name == "wrong_values" ? std::string_view{"wrong_value"}
                   : name == "wrong_sums" ? std::string_view{"wrong_sum"}
                   : name.starts_with("faults_") ? name.substr(7)
                                                 : std::string_view{};
  if (!key.empty()) {
    for (const auto& one : run.sink_at_end.examples) {
      if (one.starts_with(std::string{key} + ":")) {
        return one;
      }
    }
  }
  return {};
}

finding judge_one(const run_record& run,
                  const figures& found,
                  const std::string& name,
                  const criterion& bound) {
  const auto& about = info_of(name);
  const auto at = found.find(name);
  finding made{name, at == found.end() ? 0 : at->second, true, {}};
  std::string allowed;
  if (bound.most) {
    made.passed = made.passed && made.value <= *bound.most;
    allowed = fmt::format("at most {}", print_value(*bound.most));
  }
  if (bound.least) {
    made.passed = made.passed && made.value >= *bound.least;
    allowed += fmt::format("{}at least {}", allowed.empty() ? "" : " and ",
                           print_value(*bound.least));
  }
  if (at == found.end() || std::isnan(made.value)) {
    made.passed = false;
  }
  made.words =
    fmt::format("{} is {}{}{}, {} {} ({})", name, print_value(made.value),
                about.unit.empty() ? "" : " ", about.unit, allowed,
                made.passed ? "is asked for" : "is allowed", about.meaning);
  const auto more = made.passed ? "" : evidence(run, found, name);
  if (!more.empty()) {
    made.words += ": " + more;
  }
  return made;
}

/// Per cent. How many of the rare cycles fall into a short measurement differs
/// by a quarter from run to run; a collector that stopped asking is far below.
constexpr double half = 50;

/// A difference below this is noise, whatever the percentage.
double noise_of(std::string_view unit) {
  if (unit == "s") {
    return 0.05;
  }
  if (unit == "ms") {
    return 0.05;
  }
  return unit == "MiB" ? 2 : 0.5;
}

} // namespace

std::string print_value(double value) {
  if (std::isnan(value)) {
    return "unknown";
  }
  if (std::isfinite(value) && value == std::floor(value)
      && std::fabs(value) < 1e15) {
    return fmt::format("{:.0f}", value);
  }
  return std::fabs(value) >= 1000 ? fmt::format("{:.0f}", value)
                                  : fmt::format("{:.4g}", value);
}

verdict
judge_run(const run_record& run, const figures& found, const criteria& pass) {
  verdict made;
  const auto cycles = found.find("cycles");
  if (cycles == found.end() || !(cycles->second > 0)) {
    const bool known = cycles == found.end() || !std::isnan(cycles->second);
    made.findings.push_back(
      {"cycles", 0, false,
       known ? "no cycle was completed in the measurement, so nothing was shown"
             : "nothing is known of the cycles: " + unheard_words(run)});
  }
  if (!run.cut_short.empty()) {
    const auto took = found.find("measured_s");
    made.findings.push_back({"measured_s",
                             took == found.end() ? 0 : took->second, false,
                             run.cut_short});
  }
  const auto compared = found.find("points_compared");
  if (run.truth_configured && compared != found.end()
      && !(compared->second > 0)) {
    made.findings.push_back(
      {"points_compared", 0, false,
       std::isnan(compared->second)
         ? "nothing is known of what was compared: " + unheard_words(run)
         : "no value was compared with the truth, though the servers are "
           "simulated: the sink knows no target of the truth's scenario"});
  }
  for (const auto& [name, bound] : pass) {
    made.findings.push_back(judge_one(run, found, name, bound));
  }
  conclude(made, run.scenario);
  return made;
}

void compare(verdict& with,
             const figures& found,
             const figures& before,
             double percent,
             double fewer_percent) {
  for (const auto& [name, percent_less] :
       {std::pair<std::string, double>{"series", fewer_percent},
        {"points_observed_a_cycle", half}}) {
    const auto now = found.find(name);
    const auto then = before.find(name);
    if (now == found.end() || then == before.end() || then->second <= 0) {
      continue;
    }
    const double fewer = (1 - now->second / then->second) * 100;
    with.findings.push_back(
      {name, now->second, fewer <= percent_less,
       fmt::format("{} is {}, before it was {}: {:+.1f} %, down to {:+.1f} % "
                   "is allowed",
                   name, print_value(now->second), print_value(then->second),
                   -fewer, -percent_less)});
  }
  for (const auto& about : figure_infos()) {
    const auto now = found.find(about.name);
    const auto then = before.find(about.name);
    if (about.is != figure_kind::cost || now == found.end()
        || then == before.end() || then->second <= 0) {
      continue;
    }
    const double worse = (now->second / then->second - 1) * 100;
    const bool matters = now->second - then->second > noise_of(about.unit);
    finding one{std::string{about.name}, now->second, true, {}};
    // What is unknown is not as good as it was.
    one.passed = !std::isnan(now->second) && !(worse > percent && matters);
    one.words = fmt::format(
      "{} is {} {}, before it was {}: {:+.1f} %, up to {:+.1f} % is allowed",
      about.name, print_value(now->second), about.unit,
      print_value(then->second), worse, percent);
    with.findings.push_back(std::move(one));
  }
}

void conclude(verdict& over, const std::string& scenario) {
  std::stable_sort(over.findings.begin(), over.findings.end(),
                   [](const finding& left, const finding& right) {
                     return !left.passed && right.passed;
                   });
  std::size_t failed = 0;
  std::string names;
  for (const auto& one : over.findings) {
    if (!one.passed) {
      ++failed;
      names += (names.empty() ? "" : ", ") + one.figure;
    }
  }
  over.passed = failed == 0;
  over.line =
    over.passed
      ? fmt::format("PASS {}: all {} criteria", scenario, over.findings.size())
      : fmt::format("FAIL {}: {} of {} criteria: {}", scenario, failed,
                    over.findings.size(), names);
}

} // namespace pgmuster::loadtest
