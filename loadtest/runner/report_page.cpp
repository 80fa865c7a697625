// Fills report.html: tables, and lines over time.
#include "loadtest/runner/plot.hpp"
#include "loadtest/runner/report.hpp"
#include "loadtest/runner/report_template.hpp"

#include <fmt/format.h>

#include <functional>
#include <map>

namespace pgmuster::loadtest {
namespace {

const process_figures& collector(const sample& of) {
  static const process_figures none;
  const auto found = of.processes.find("collector");
  return found == of.processes.end() ? none : found->second;
}

/// What a counter gained a second between two samples.
plot rate(const run_record& run,
          std::string title,
          std::string unit,
          double factor,
          const std::function<double(const sample&)>& counter) {
  plot made{std::move(title), std::move(unit), {}, 0};
  for (std::size_t at = 1; at < run.samples.size(); ++at) {
    const auto& before = run.samples[at - 1];
    const auto& now = run.samples[at];
    const double took = now.at_s - before.at_s;
    const double grew = counter(now) - counter(before);
    if (took > 0 && grew >= 0) {
      made.points.emplace_back(now.at_s, grew / took * factor);
    }
  }
  return made;
}

plot level(const run_record& run,
           std::string title,
           std::string unit,
           const std::function<double(const sample&)>& value) {
  plot made{std::move(title), std::move(unit), {}, 0};
  for (const auto& one : run.samples) {
    made.points.emplace_back(one.at_s, value(one));
  }
  return made;
}

plot lateness(const run_record& run) {
  plot made{"cycles' lateness, 99th percentile", "s", {}, 0};
  for (std::size_t at = 1; at < run.samples.size(); ++at) {
    const auto late = gained(run.samples[at - 1].collector.lateness,
                             run.samples[at].collector.lateness);
    made.points.emplace_back(run.samples[at].at_s, quantile(late, 0.99));
  }
  return made;
}

std::string plots(const run_record& run) {
  std::string made;
  made += draw(rate(run, "points arriving", "a second", 1, [](const auto& of) {
    return static_cast<double>(of.sink.points);
  }));
  made += draw(rate(run, "cycles", "a second", 1,
                    [](const auto& of) { return of.collector.cycles; }));
  made += draw(lateness(run));
  made += draw(rate(run, "the collector's CPU", "% of a core", 100,
                    [](const auto& of) { return collector(of).cpu_seconds; }));
  made += draw(level(run, "the collector's memory", "MiB", [](const auto& of) {
    return collector(of).resident_bytes / 1048576.0;
  }));
  made += draw(level(run, "the collector's descriptors", "",
                     [](const auto& of) { return collector(of).descriptors; }));
  made += draw(level(run, "points on their way", "",
                     [](const auto& of) { return of.collector.points_held; }));
  made +=
    draw(level(run, "targets the sink knows as up", "", [](const auto& of) {
      return static_cast<double>(of.sink.targets_up);
    }));
  return made;
}

std::string criteria_rows(const verdict& of) {
  std::string made;
  for (const auto& one : of.findings) {
    made +=
      fmt::format("<tr><td class=\"{}\">{}</td><td>{}</td></tr>\n",
                  one.passed ? "yes" : "no", one.passed ? "passed" : "FAILED",
                  escape_html(one.words));
  }
  return made;
}

std::string figure_rows(const figures& all) {
  std::string made;
  for (const auto& about : figure_infos()) {
    const auto found = all.find(about.name);
    if (found != all.end()) {
      made += fmt::format("<tr><td>{}</td><td class=\"number\">{} {}</td>"
                          "<td>{}</td></tr>\n",
                          about.name, print_value(found->second), about.unit,
                          escape_html(std::string{about.meaning}));
    }
  }
  return made;
}

std::string example_list(const sink_figures& sink) {
  std::string made;
  for (const auto& one : sink.examples) {
    made += fmt::format("<li><code>{}</code></li>\n", escape_html(one));
  }
  return made.empty()
           ? made
           : "<h2>Faults, the first of them</h2>\n<ul>" + made + "</ul>";
}

} // namespace

std::string report_page(const report& of) {
  const std::map<std::string, std::string, std::less<>> parts{
    {"title", escape_html("pgmuster-load: " + of.what.name)},
    {"name", escape_html(of.what.name)},
    {"about", escape_html(of.what.about)},
    {"outcome", of.judged.passed ? "pass" : "fail"},
    {"line", escape_html(of.judged.line)},
    {"circumstances",
     escape_html(fmt::format(
       "{} targets{}, seed {}, {}; {}; {} cores, {}, Linux {}, load before "
       "{:.2f}",
       of.what.fleet.targets, of.real ? " on real servers" : "", of.what.seed,
       of.when, of.version, of.here.cores, of.here.processor, of.here.kernel,
       of.here.load))},
    {"plots", plots(of.run)},
    {"criteria", criteria_rows(of.judged)},
    {"figures", figure_rows(of.found)},
    {"examples", example_list(of.run.sink_at_end)}};
  std::string made;
  auto rest = report_template();
  for (auto at = rest.find("{{"); at != std::string_view::npos;
       at = rest.find("{{")) {
    const auto end = rest.find("}}", at);
    made += rest.substr(0, at);
    const auto part = parts.find(rest.substr(at + 2, end - at - 2));
    made += part == parts.end() ? std::string{} : part->second;
    rest.remove_prefix(end + 2);
  }
  return made += rest;
}

} // namespace pgmuster::loadtest
