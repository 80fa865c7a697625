#include "loadtest/runner/scenario.hpp"

#include "config/units.hpp"
#include "loadtest/errc.hpp"
#include "loadtest/runner/figures.hpp"

#include <boost/json.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <sstream>

namespace pgmuster::loadtest {
namespace {

namespace json = boost::json;

error wrong(std::string_view where, std::string_view words) {
  return fail(loadtest_errc::scenario_invalid,
              fmt::format("{}: {}", where, words));
}

using reader = std::function<result<void>(const json::value&)>;
using readers = std::map<std::string, reader, std::less<>>;

/// Every key of `value` goes to its reader; there are no others.
result<void> read_object(const std::string& where,
                         const json::value& value,
                         const readers& known) {
  if (!value.is_object()) {
    return wrong(where, "expected an object");
  }
  // All that is wrong, a line each.
  std::vector<std::string> lines;
  for (const auto& [key, member] : value.get_object()) {
    const auto found = known.find(std::string_view{key});
    if (found == known.end()) {
      lines.push_back(
        fmt::format("{}: unknown key \"{}\"", where, std::string_view{key}));
      continue;
    }
    const auto done = found->second(member);
    if (done) {
      continue;
    }
    const auto& what = done.error();
    std::istringstream told{what.context.empty() ? describe(what)
                                                 : what.context};
    for (std::string line; std::getline(told, line);) {
      lines.push_back(fmt::format(
        "{}/{}{}{}", where, std::string_view{key},
        line.empty() || line[0] == '/' || line[0] == ':' ? "" : ": ", line));
    }
  }
  return lines.empty() ? result<void>{}
                       : fail(loadtest_errc::scenario_invalid,
                              fmt::format("{}", fmt::join(lines, "\n")));
}

error expected(std::string_view words) {
  return fail(loadtest_errc::scenario_invalid,
              fmt::format("expected {}", words));
}

reader text(std::string& into) {
  return [&into](const json::value& value) -> result<void> {
    if (!value.is_string()) {
      return expected("text");
    }
    into = std::string{value.get_string()};
    return {};
  };
}

reader texts(std::vector<std::string>& into) {
  return [&into](const json::value& value) -> result<void> {
    if (!value.is_array()) {
      return expected("a list of texts");
    }
    for (const auto& one : value.get_array()) {
      if (!one.is_string()) {
        return expected("a list of texts");
      }
      into.emplace_back(one.get_string());
    }
    return {};
  };
}

reader whole(std::uint64_t& into, std::uint64_t least) {
  return [&into, least](const json::value& value) -> result<void> {
    boost::system::error_code why;
    const auto read = value.to_number<std::int64_t>(why);
    if (why || read < static_cast<std::int64_t>(least)) {
      return expected(fmt::format("a whole number from {} on", least));
    }
    into = static_cast<std::uint64_t>(read);
    return {};
  };
}

reader real(double& into) {
  return [&into](const json::value& value) -> result<void> {
    boost::system::error_code why;
    into = value.to_number<double>(why);
    return why ? result<void>{expected("a number")} : result<void>{};
  };
}

reader flag(bool& into) {
  return [&into](const json::value& value) -> result<void> {
    if (!value.is_bool()) {
      return expected("true or false");
    }
    into = value.get_bool();
    return {};
  };
}

reader duration(milliseconds& into) {
  return [&into](const json::value& value) -> result<void> {
    if (!value.is_string()) {
      return expected(duration_expected);
    }
    const auto read = parse_duration(std::string_view{value.get_string()});
    if (!read) {
      return read.error();
    }
    into = *read;
    return {};
  };
}

reader object(json::object& into) {
  return [&into](const json::value& value) -> result<void> {
    if (!value.is_object()) {
      return expected("an object");
    }
    into = value.get_object();
    return {};
  };
}

result<void> read_pins(std::map<std::string, std::vector<int>>& into,
                       const json::value& value) {
  readers known;
  for (const char* part : {"collector", "simulator", "sink"}) {
    known[part] = [&into, part](const json::value& cpus) -> result<void> {
      if (!cpus.is_array()) {
        return expected("a list of CPUs");
      }
      for (const auto& one : cpus.get_array()) {
        if (!one.is_int64() || one.get_int64() < 0 || one.get_int64() > 1023) {
          return expected("a list of CPUs");
        }
        into[part].push_back(static_cast<int>(one.get_int64()));
      }
      return {};
    };
  }
  return read_object("", value, known);
}

result<void> read_criteria(criteria& into, const json::value& value) {
  if (!value.is_object()) {
    return expected("an object of bounds by figure");
  }
  std::vector<std::string> lines;
  for (const auto& [key, bounds] : value.get_object()) {
    const std::string name{key};
    if (!is_figure(name)) {
      lines.push_back("/" + name + ": there is no such figure");
      continue;
    }
    if (bounds.is_null()) {
      into.erase(name);
      continue;
    }
    criterion read;
    double most = 0;
    double least = 0;
    const auto done = read_object("/" + name, bounds,
                                  {{"max", real(most)}, {"min", real(least)}});
    if (!done) {
      lines.push_back(done.error().context);
      continue;
    }
    if (bounds.get_object().contains("max")) {
      read.most = most;
    }
    if (bounds.get_object().contains("min")) {
      read.least = least;
    }
    into[name] = read;
  }
  return lines.empty() ? result<void>{}
                       : fail(loadtest_errc::scenario_invalid,
                              fmt::format("{}", fmt::join(lines, "\n")));
}

readers readers_of(scenario& made) {
  return {
    {"name", text(made.name)},
    {"about", text(made.about)},
    {"missing", texts(made.missing)},
    {"struck", texts(made.struck)},
    {"needs",
     [&](const json::value& value) {
       return read_object("", value,
                          {{"descriptors", whole(made.needs.descriptors, 1)},
                           {"cores", whole(made.needs.cores, 1)},
                           {"memory_mib", whole(made.needs.memory_mib, 1)}});
     }},
    {"seed", whole(made.seed, 0)},
    {"warm_up", duration(made.warm_up)},
    {"measure", duration(made.measure)},
    {"sample_every", duration(made.sample_every)},
    {"fleet",
     [&](const json::value& value) {
       return read_object("", value,
                          {{"targets", whole(made.fleet.targets, 1)},
                           {"tenants", whole(made.fleet.tenants, 1)},
                           {"databases", whole(made.fleet.databases, 1)},
                           {"tls", flag(made.fleet.tls)}});
     }},
    {"simulator", object(made.simulator)},
    {"collector", object(made.collector)},
    {"sink", object(made.sink)},
    {"pins",
     [&](const json::value& value) { return read_pins(made.pins, value); }},
    {"pass",
     [&](const json::value& value) { return read_criteria(made.pass, value); }},
    {"worse_percent_max", real(made.worse_percent_max)},
    {"fewer_percent_max", real(made.fewer_percent_max)},
  };
}

/// Kinds that change numbers only: no probe fails of them.
bool is_harmless(const json::value& fault) {
  const auto* one = fault.if_object();
  const auto* kind = one == nullptr ? nullptr : one->if_contains("kind");
  const auto* name = kind == nullptr ? nullptr : kind->if_string();
  return name != nullptr
         && (*name == "statistics_reset" || *name == "statements_reset"
             || *name == "eviction" || *name == "new_databases"
             || *name == "distinct_queries");
}

const json::array* faults_of(const scenario& of) {
  const auto* faults = of.simulator.if_contains("faults");
  return faults == nullptr ? nullptr : faults->if_array();
}

bool plans_failures(const scenario& of) {
  const auto* all = faults_of(of);
  return all != nullptr && !std::all_of(all->begin(), all->end(), is_harmless);
}

} // namespace

criteria usual_criteria() {
  criteria made;
  for (const char* nothing : {"points_lost",
                              "points_doubled",
                              "points_dropped",
                              "books_unbalanced",
                              "wrong_values",
                              "wrong_sums",
                              "leaked_sockets",
                              "targets_missing",
                              "faults_duplicate",
                              "faults_conflict",
                              "faults_disorder",
                              "faults_fell",
                              "faults_start_went_back",
                              "faults_bad_start",
                              "faults_gap",
                              "faults_no_value",
                              "collector_failures",
                              "probe_errors",
                              "actor_restarts",
                              "unknown_sql"}) {
    made[nothing].most = 0;
  }
  made["late_p99_s"].most = 1;
  made["cycles_done_share"].least = 0.95;
  return made;
}

std::size_t planned_faults(const scenario& of) {
  const auto* all = faults_of(of);
  return all == nullptr ? 0 : all->size();
}

result<scenario> read_scenario(std::string_view text) {
  boost::system::error_code why;
  json::parse_options options;
  options.allow_comments = true;
  options.allow_trailing_commas = true;
  const auto document = json::parse(text, why, {}, options);
  if (why) {
    return fail(loadtest_errc::scenario_invalid, why.message());
  }
  scenario made;
  made.pass = usual_criteria();
  const auto done = read_object("", document, readers_of(made));
  if (!done) {
    return done.error();
  }
  // A planned fault makes probes fail; a bound that was asked for holds.
  const auto* asked = document.get_object().if_contains("pass");
  const bool about_probes =
    asked != nullptr && asked->get_object().contains("probe_errors");
  if (plans_failures(made) && !about_probes) {
    made.pass.erase("probe_errors");
  }
  if (made.name.empty()) {
    return wrong("/name", "is missing");
  }
  if (made.measure < seconds{1} || made.sample_every < milliseconds{100}) {
    return wrong("", "measure is at least 1s, sample_every at least 100ms");
  }
  return made;
}

} // namespace pgmuster::loadtest
