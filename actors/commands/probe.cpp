#include "actors/commands/attempt.hpp"
#include "actors/commands/command.hpp"
#include "codec/catalog/entry_rows.hpp"
#include "codec/catalog/map_rows.hpp"
#include "config/loading/nearest.hpp"
#include "drivers/postgres/errc.hpp"
#include "drivers/postgres/sessions/read_sessions.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include <algorithm>

namespace pgmuster::commands {

namespace {

using absent_probes = decltype(negotiated_catalog::absent);

struct probe_outcome {
  const negotiated_probe* probe = nullptr;
  std::string failure;
  std::size_t rows = 0;
  std::uint64_t points = 0;
  std::uint64_t bad_cells = 0;
  double server_ms = 0;
};

bool wanted(const probe_options& options, const std::string& name) {
  return options.probes.empty()
         || std::find(options.probes.begin(), options.probes.end(), name)
              != options.probes.end();
}

probe_outcome outcome_of(const negotiated_probe& probe,
                         const postgres::statement_result& answer) {
  probe_outcome made;
  made.probe = &probe;
  made.server_ms =
    static_cast<double>(answer.took.value_or(microseconds{0}).count()) / 1000.0;
  if (!answer.rows) {
    made.failure = describe(answer.rows.error());
    return made;
  }
  const auto& rows = answer.rows.value();
  made.rows = rows.rows();
  switch (probe.definition->family) {
  case probe_family::raw: {
    const auto now = system_clock_source().wall();
    const auto mapped = map_rows(probe, rows, now, now);
    made.points = mapped.points;
    made.bad_cells = mapped.bad_cells;
    break;
  }
  case probe_family::accumulated: {
    entry_rows read{probe, rows};
    entry_reading entry;
    for (std::size_t at = 0; at < read.count(); ++at) {
      read.decode(at, entry);
    }
    made.points = read.count() * read.shape().columns;
    made.bad_cells = read.bad().cells;
    break;
  }
  case probe_family::sampled:
    made.points = rows.rows();
    made.bad_cells = postgres::read_sessions(probe, rows).bad_cells;
    break;
  case probe_family::internal:
    break;
  }
  return made;
}

void print_table(const std::vector<probe_outcome>& all,
                 const absent_probes& absent) {
  say(fmt::format("{:<20} {:>7} {:>8} {:>10}  {}\n", "probe", "rows", "points",
                  "server ms", "left out on this version"));
  for (const auto& one : all) {
    say(fmt::format("{:<20} {:>7} {:>8} {:>10.2f}  {}\n",
                    one.probe->definition->name, one.rows, one.points,
                    one.server_ms, fmt::join(one.probe->left_out, ", ")));
    if (!one.failure.empty()) {
      say("    FAILED: " + one.failure + "\n");
    }
    if (one.bad_cells > 0) {
      say(fmt::format("    {} cells did not parse\n", one.bad_cells));
    }
  }
  for (const auto& [name, why] : absent) {
    say(fmt::format("{:<20} not asked: {}\n", name, why));
  }
}

void print_json(const std::vector<probe_outcome>& all,
                const absent_probes& absent) {
  boost::json::array probes;
  for (const auto& one : all) {
    boost::json::array left_out;
    for (const auto& line : one.probe->left_out) {
      left_out.emplace_back(line);
    }
    probes.push_back(boost::json::object{{"probe", one.probe->definition->name},
                                         {"rows", one.rows},
                                         {"points", one.points},
                                         {"server_ms", one.server_ms},
                                         {"bad_cells", one.bad_cells},
                                         {"failure", one.failure},
                                         {"left_out", std::move(left_out)}});
  }
  boost::json::object not_asked;
  for (const auto& [name, why] : absent) {
    not_asked[name] = why;
  }
  say(boost::json::serialize(boost::json::object{
        {"probes", std::move(probes)}, {"absent", std::move(not_asked)}})
      + "\n");
}

std::vector<const negotiated_probe*> choose(const probe_options& options,
                                            const negotiated_catalog& catalog) {
  std::vector<const negotiated_probe*> chosen;
  for (const auto& probe : catalog.probes) {
    if (wanted(options, probe.definition->name)) {
      chosen.push_back(&probe);
    }
  }
  return chosen;
}

/// False, and said so, where one is asked for that does not exist.
bool probes_are_known(const probe_options& options,
                      const postgres::probe_catalog& catalog) {
  std::vector<std::string_view> known;
  for (const auto& one : catalog) {
    known.emplace_back(one->name);
  }
  for (const auto& name : options.probes) {
    if (std::find(known.begin(), known.end(), name) == known.end()) {
      complain("pgmuster probe: there is no probe \"" + name + "\""
               + loading::suggestion(name, known) + "\n");
      return false;
    }
  }
  return true;
}

/// Beside the figures, which would be small without a word of why.
void tell_what_is_short(const reached_server& reached) {
  if (!reached.session->facts().warning.empty()) {
    complain("warning: " + reached.session->facts().warning + "\n");
  }
  if (!reached.privileged) {
    complain("warning: the role sees only a part; as a superuser: "
             + missing_grants(reached).front() + "\n");
  }
}

/// Twice: the first run warms caches and prepares, the second is timed.
result<std::vector<probe_outcome>>
ask_all(reached_server& reached,
        const std::vector<const negotiated_probe*>& chosen,
        const timeout_config& timeouts) {
  std::vector<probe_outcome> all;
  for (const auto timed : {false, true}) {
    for (const auto* probe : chosen) {
      postgres::statement_call call;
      call.id = probe->definition->name;
      call.sql = sql_for_all(*probe);
      auto answers =
        postgres::run_and_wait(*reached.session, {std::move(call)},
                               timeouts.probe, system_clock_source());
      if (!answers) {
        return answers.error();
      }
      if (timed) {
        all.push_back(outcome_of(*probe, answers.value().front()));
      }
    }
  }
  return all;
}

} // namespace

int probe(const probe_options& options) {
  const auto catalog = postgres::load_catalog({});
  if (!catalog) {
    complain(describe(catalog.error()) + "\n");
    return exit_failure;
  }
  if (!probes_are_known(options, catalog.value())) {
    return exit_configuration;
  }
  const auto with = tools::start({});
  if (with == nullptr) {
    return exit_failure;
  }
  target_config target;
  target.dsn = secret_string{options.dsn};
  if (options.password_file) {
    target.password = {password_source::kind::file, *options.password_file};
  }
  const timeout_config timeouts;
  auto reached = reach(*with, target, timeouts, catalog.value());
  if (!reached) {
    complain("pgmuster probe: " + describe(reached.error()) + "\n");
    return reached.error().code == make_error_code(postgres::errc::bad_dsn)
             ? exit_configuration
             : exit_failure;
  }
  tell_what_is_short(*reached);
  const auto chosen = choose(options, reached->catalog);
  for (const auto& name : options.probes) {
    if (const auto absent = reached->catalog.absent.find(name);
        absent != reached->catalog.absent.end()) {
      complain("pgmuster probe: " + name + ": " + absent->second + "\n");
      return exit_failure;
    }
  }
  if (options.print_sql) {
    for (const auto* one : chosen) {
      say(sql_for_all(*one) + ";\n\n");
    }
    return exit_ok;
  }
  const auto all = ask_all(*reached, chosen, timeouts);
  if (!all) {
    complain("pgmuster probe: " + describe(all.error()) + "\n");
    return exit_failure;
  }
  const auto absent =
    options.probes.empty() ? reached->catalog.absent : absent_probes{};
  if (options.format == "json") {
    print_json(all.value(), absent);
  } else {
    print_table(all.value(), absent);
  }
  const auto failed =
    std::any_of(all->begin(), all->end(),
                [](const auto& one) { return !one.failure.empty(); });
  return failed ? exit_failure : exit_ok;
}

} // namespace pgmuster::commands
