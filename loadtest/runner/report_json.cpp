#include "loadtest/errc.hpp"
#include "loadtest/runner/report.hpp"

#include <boost/json.hpp>
#include <fmt/format.h>

#include <cmath>

namespace pgmuster::loadtest {
namespace {

namespace json = boost::json;

json::value finite(double value) {
  return std::isfinite(value) ? json::value(value) : json::value(nullptr);
}

json::object figures_object(const figures& all) {
  json::object made;
  for (const auto& about : figure_infos()) {
    if (const auto found = all.find(about.name); found != all.end()) {
      made[about.name] = finite(found->second);
    }
  }
  return made;
}

json::array findings_array(const verdict& of) {
  json::array made;
  for (const auto& one : of.findings) {
    made.push_back(json::object{{"figure", one.figure},
                                {"value", finite(one.value)},
                                {"passed", one.passed},
                                {"words", one.words}});
  }
  return made;
}

/// One object a sample would repeat every key: a table instead.
json::object samples_object(const run_record& run) {
  json::array rows;
  for (const auto& one : run.samples) {
    const auto collector = one.processes.find("collector");
    const auto process =
      collector == one.processes.end() ? process_figures{} : collector->second;
    rows.push_back(json::array{
      std::round(one.at_s * 1000) / 1000, process.cpu_seconds,
      process.resident_bytes, process.descriptors, one.collector.cycles,
      one.collector.points_held, one.sink.points, one.sink.targets_up});
  }
  return {{"columns",
           {"at_s", "cpu_seconds", "resident_bytes", "descriptors", "cycles",
            "points_held", "points_arrived", "targets_up"}},
          {"rows", std::move(rows)},
          {"measured_from", run.begin},
          {"measured_to", run.end}};
}

/// As the simulator has it where the scenario says nothing.
std::string size_of(const scenario& of) {
  const auto* said = of.simulator.if_contains("size");
  const auto* size = said == nullptr ? nullptr : said->if_string();
  return size == nullptr ? "small" : std::string{*size};
}

result<earlier_report> not_a_report() {
  return fail(loadtest_errc::file, "not a report of pgmuster-load");
}

} // namespace

std::string commit_of(std::string_view version) {
  constexpr std::string_view before = "(commit ";
  const auto at = version.find(before);
  if (at == std::string_view::npos) {
    return {};
  }
  version.remove_prefix(at + before.size());
  return std::string{version.substr(0, version.find(')'))};
}

std::string report_json(const report& of) {
  json::object made;
  made["scenario"] = of.what.name;
  made["about"] = of.what.about;
  made["seed"] = of.what.seed;
  made["when"] = of.when;
  made["version"] = of.version;
  made["commit"] = commit_of(of.version);
  made["repeat"] = of.repeat;
  made["real"] = of.real;
  made["targets"] = of.what.fleet.targets;
  made["size"] = size_of(of.what);
  made["machine"] = json::object{{"processor", of.here.processor},
                                 {"kernel", of.here.kernel},
                                 {"cores", of.here.cores},
                                 {"memory_mib", of.here.memory_mib},
                                 {"descriptors", of.here.descriptors},
                                 {"load_before", of.here.load}};
  made["figures"] = figures_object(of.found);
  made["findings"] = findings_array(of.judged);
  json::array examples;
  for (const auto& one : of.run.sink_at_end.examples) {
    examples.emplace_back(one);
  }
  made["examples"] = std::move(examples);
  json::object misdeeds;
  for (const auto& [name, count] : of.run.sink_at_end.misdeeds) {
    misdeeds[name] = count;
  }
  made["sink_misdeeds"] = std::move(misdeeds);
  made["passed"] = of.judged.passed;
  made["samples"] = samples_object(of.run);
  return json::serialize(made);
}

std::string verdict_json(const report& of) {
  json::array failed;
  for (const auto& one : of.judged.findings) {
    if (!one.passed) {
      failed.emplace_back(one.figure);
    }
  }
  return json::serialize(
    json::object{{"verdict", of.judged.passed ? "pass" : "fail"},
                 {"scenario", of.what.name},
                 {"failed", std::move(failed)},
                 {"words", of.judged.line}});
}

result<earlier_report> read_report(std::string_view text) {
  boost::system::error_code why;
  // The verdict's line may follow.
  const auto document = json::parse(text.substr(0, text.find('\n')), why);
  const auto* whole = why ? nullptr : document.if_object();
  const auto* all = whole == nullptr ? nullptr : whole->if_contains("figures");
  if (all == nullptr || !all->is_object()) {
    return not_a_report();
  }
  earlier_report made;
  const auto* name = whole->if_contains("scenario");
  const auto* targets = whole->if_contains("targets");
  if (name == nullptr || !name->is_string() || targets == nullptr) {
    return not_a_report();
  }
  made.scenario = std::string{name->get_string()};
  made.targets = targets->to_number<std::uint64_t>(why);
  if (why) {
    return not_a_report();
  }
  const auto* size = whole->if_contains("size");
  if (size != nullptr && size->is_string()) {
    made.size = std::string{size->get_string()};
  }
  const auto* real = whole->if_contains("real");
  made.real = real != nullptr && real->is_bool() && real->get_bool();
  for (const auto& [figure, value] : all->get_object()) {
    const auto read = value.to_number<double>(why);
    if (!why) {
      made.found[std::string{figure}] = read;
    }
  }
  return made;
}

std::string
incomparable(const scenario& what, bool real, const earlier_report& before) {
  if (before.scenario != what.name) {
    return fmt::format("a report of the scenario {}, not of {}",
                       before.scenario, what.name);
  }
  if (before.targets != what.fleet.targets) {
    return fmt::format("a report of {} targets, not of {}", before.targets,
                       what.fleet.targets);
  }
  if (before.real != real) {
    return before.real ? "a report of real servers, not of simulated ones"
                       : "a report of simulated servers, not of real ones";
  }
  if (!real && before.size && *before.size != size_of(what)) {
    return fmt::format("a report of servers of the size {}, not {}",
                       *before.size, size_of(what));
  }
  return {};
}

} // namespace pgmuster::loadtest
