// The command line of pgmuster-load.
#include "drivers/clock.hpp"
#include "loadtest/errc.hpp"
#include "loadtest/runner/conduct.hpp"
#include "loadtest/runner/report.hpp"
#include "loadtest/whole_file.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <ctime>
#include <exception>

namespace pgmuster::loadtest {
namespace {

namespace files = std::filesystem;

constexpr int exit_passed = 0;
constexpr int exit_failed = 1;
constexpr int exit_not_run = 2;
constexpr int exit_interrupted = 130;

const char* const about =
  "pgmuster-load starts a fleet, a sink and the collector, watches them for "
  "the time the scenario says, and judges what it saw.\n";

const char* const examples =
  "Examples:\n"
  "  pgmuster-load loadtest/scenarios/smoke.json\n"
  "  pgmuster-load loadtest/scenarios/steady_1000.json --against "
  "docs/reports/steady_1000.json\n"
  "  pgmuster-load loadtest/scenarios/smoke.json --dsn "
  "'host=127.0.0.1 user=postgres dbname=postgres' --targets 20\n"
  "\nExit codes: 0 passed, 1 failed, 2 not run (why is said in words),\n130 "
  "interrupted before "
  "anything was measured.\n";

struct options {
  std::string file;
  std::string format = "text";
  std::string against;
  std::string out;
  bool real = false;
  bool anyway = false;
  std::vector<std::string> dsns;
  std::string collector;
  std::uint64_t targets = 0;
};

/// The folder this program stands in: the others stand beside it.
files::path here() {
  std::error_code why;
  return files::read_symlink("/proc/self/exe", why).parent_path();
}

int not_run(const std::string& words) {
  std::fprintf(stderr, "pgmuster-load: %s\n", words.c_str());
  return exit_not_run;
}

std::string timestamp(wall_time now) {
  const std::time_t at =
    std::chrono::floor<seconds>(now).time_since_epoch().count();
  std::tm parts{};
  ::gmtime_r(&at, &parts);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z",
                     parts.tm_year + 1900, parts.tm_mon + 1, parts.tm_mday,
                     parts.tm_hour, parts.tm_min, parts.tm_sec);
}

/// One line, renewed on a terminal; elsewhere one as a phase begins, and each
/// tenth sample.
class progress_line {
public:
  void show(const std::string& phase, const sample& now) {
    const bool terminal = ::isatty(STDERR_FILENO) != 0;
    const auto process = now.processes.find("collector");
    const auto used =
      process == now.processes.end() ? process_figures{} : process->second;
    const double took = now.at_s - before_.at_s;
    const double cpu = took > 0 ? (used.cpu_seconds - cpu_) / took * 100 : 0;
    const double points = took > 0
                            ? (static_cast<double>(now.sink.points)
                               - static_cast<double>(before_.sink.points))
                                / took
                            : 0;
    before_ = now;
    cpu_ = used.cpu_seconds;
    if (phase != phase_) {
      phase_ = phase;
      of_phase_ = 0;
    }
    if (!terminal && of_phase_++ % 10 != 0) {
      return;
    }
    std::fprintf(stderr,
                 "%s%s %4.0f s: %llu targets up, %.0f cycles, %.0f "
                 "points/s, CPU %.0f %%, %.0f MiB%s",
                 terminal ? "\r\033[K" : "", phase.c_str(), now.at_s,
                 static_cast<unsigned long long>(now.sink.targets_up),
                 now.collector.cycles, points, cpu,
                 used.resident_bytes / 1048576.0, terminal ? "" : "\n");
    open_ = terminal;
  }
  void close() const {
    if (open_) {
      std::fprintf(stderr, "\n");
    }
  }

private:
  sample before_;
  double cpu_ = 0;
  std::string phase_;
  int of_phase_ = 0;
  bool open_ = false;
};

/// What speaks against running it: what `--anyway` overrides.
result<void>
check_fit(const scenario& what, const machine& machine_here, bool real) {
  std::string words;
  for (const auto& one : what.missing) {
    words += (words.empty() ? "not built yet: " : "; not built yet: ") + one;
  }
  if (!words.empty()) {
    return fail(loadtest_errc::part_missing, what.name + ": " + words);
  }
  if (const auto faults = planned_faults(what); real && faults > 0) {
    return fail(loadtest_errc::part_missing,
                fmt::format("{}: its {} faults are simulated, and would not "
                            "take place on real servers",
                            what.name, faults));
  }
  auto needs = what.needs;
  needs.descriptors =
    std::max(needs.descriptors, descriptors_needed(what.fleet));
  for (const auto& all : {shortfalls(needs, machine_here),
                          absent_pins(what.pins, machine_here)}) {
    for (const auto& one : all) {
      words += (words.empty() ? "" : "; ") + one;
    }
  }
  if (!words.empty()) {
    return fail(loadtest_errc::machine_too_small, what.name + ": " + words);
  }
  return {};
}

result<void> check_parts(const options& asked, const conduct_options& how) {
  if (asked.real && how.dsns.empty()) {
    return fail(loadtest_errc::part_missing,
                "--real needs servers: give --dsn once for each");
  }
  for (const auto& program : {how.collector, how.sink, how.simulator}) {
    const bool needed = program != how.simulator || how.dsns.empty();
    if (needed && ::access(program.c_str(), X_OK) != 0) {
      return fail(loadtest_errc::part_missing,
                  program.string() + " is not there");
    }
  }
  return {};
}

result<void> save(const files::path& folder, const report& made) {
  for (const auto& [name, text] : {std::pair{"report.json", report_json(made)},
                                   {"report.html", report_page(made)},
                                   {"report.txt", report_text(made)}}) {
    if (const auto done = write_whole_file(folder / name, text + '\n'); !done) {
      return done.error();
    }
  }
  return {};
}

int tell(const report& made, const options& asked, const files::path& folder) {
  if (const auto saved = save(folder, made); !saved) {
    return not_run(describe(saved.error()));
  }
  if (asked.format == "json") {
    std::printf("%s\n%s\n", report_json(made).c_str(),
                verdict_json(made).c_str());
  } else {
    std::printf("%s", report_text(made).c_str());
  }
  std::fprintf(stderr, "report: %s\n", (folder / "report.html").c_str());
  return made.judged.passed ? exit_passed : exit_failed;
}

/// None if nothing was asked for.
result<figures> figures_before(const scenario& what, const options& asked) {
  if (asked.against.empty()) {
    return figures{};
  }
  const auto text = read_whole_file(asked.against);
  if (!text) {
    return text.error();
  }
  auto read = read_report(*text);
  if (!read) {
    return fail(loadtest_errc::file,
                asked.against + ": " + read.error().context);
  }
  const auto why = incomparable(what, asked.real, *read);
  if (!why.empty()) {
    return fail(loadtest_errc::file, asked.against + " is " + why);
  }
  return std::move(read->found);
}

/// How to ask for the same again; data source names may hold secrets.
std::string repeat_of(const options& asked, const scenario& what) {
  auto words =
    fmt::format("pgmuster-load loadtest/scenarios/{}.json", what.name);
  for (std::size_t at = 0; at < asked.dsns.size(); ++at) {
    words += " --dsn …";
  }
  return asked.targets > 0
           ? fmt::format("{} --targets {}", words, asked.targets)
           : words;
}

/// A verdict of an earlier run is none of this one, which may never come to
/// one.
void remove_reports(const files::path& folder, const files::path& but) {
  for (const char* name : {"report.json", "report.html", "report.txt"}) {
    std::error_code why;
    if (!files::equivalent(folder / name, but, why)) {
      files::remove(folder / name, why);
    }
  }
}

conduct_options options_of(const options& asked, const files::path& folder) {
  conduct_options how;
  how.collector = asked.collector.empty() ? here() / "pgmuster"
                                          : files::path{asked.collector};
  how.sink = here() / "pgmuster-sink";
  how.simulator = here() / "pgmuster-pgsim";
  how.folder = folder;
  how.dsns = asked.dsns;
  return how;
}

int run(options asked) {
  if (!asked.out.empty()) {
    remove_reports(asked.out, asked.against);
  }
  const auto text = read_whole_file(asked.file);
  if (!text) {
    return not_run(describe(text.error()));
  }
  auto what = read_scenario(*text);
  if (!what) {
    return not_run(asked.file + ": " + describe(what.error()));
  }
  if (asked.targets > 0) {
    what->fleet.targets = asked.targets;
    what->fleet.tenants = std::min(what->fleet.tenants, asked.targets);
    // Said of the scenario's own number.
    what->needs.descriptors = 0;
  }
  asked.real = asked.real || !asked.dsns.empty();
  const auto folder = asked.out.empty()
                        ? files::path{"build/loadtest"} / what->name
                        : files::path{asked.out};
  remove_reports(folder, asked.against);
  auto before = figures_before(*what, asked);
  if (!before) {
    return not_run(describe(before.error()));
  }
  raise_descriptor_limit();
  stop_request stop;
  report made{*what,      read_machine(),          {}, {},
              asked.real, repeat_of(asked, *what), {}, {},
              {}};
  progress_line line;
  auto how = options_of(asked, folder);
  how.stop = &stop;
  how.progress = [&line](const std::string& phase, const sample& now) {
    line.show(phase, now);
  };
  if (const auto fit = check_fit(*what, made.here, asked.real); !fit) {
    if (!asked.anyway) {
      return not_run(describe(fit.error()) + " (--anyway runs it)");
    }
    std::fprintf(stderr, "pgmuster-load: %s\n", describe(fit.error()).c_str());
  }
  if (const auto there_are = check_parts(asked, how); !there_are) {
    return not_run(describe(there_are.error()));
  }
  std::error_code why;
  files::create_directories(how.folder, why);
  const auto& clock = system_clock_source();
  made.when = timestamp(clock.wall());
  auto seen = conduct(*what, how, clock);
  line.close();
  if (!seen) {
    const bool cut = seen.error().code == loadtest_errc::interrupted;
    const int code = not_run(describe(seen.error()));
    return cut ? exit_interrupted : code;
  }
  made.run = std::move(*seen);
  made.version = made.run.collector_version;
  made.found = figures_of(made.run);
  made.judged = judge_run(made.run, made.found, what->pass);
  if (!before->empty()) {
    compare(made.judged, made.found, *before, what->worse_percent_max,
            what->fewer_percent_max);
    conclude(made.judged, what->name);
  }
  return tell(made, asked, how.folder);
}

} // namespace
} // namespace pgmuster::loadtest

int main(int argc, char** argv) {
  CLI::App app{pgmuster::loadtest::about, "pgmuster-load"};
  pgmuster::loadtest::options asked;
  app.footer(pgmuster::loadtest::examples);
  app.add_option("scenario", asked.file, "A file of loadtest/scenarios/.")
    ->required();
  app.add_option("--format", asked.format, "text or json.")
    ->check(CLI::IsMember({"text", "json"}));
  app.add_option("--against", asked.against,
                 "An earlier report.json: costs must not be worse.");
  app.add_flag("--real", asked.real, "Real servers; implied by --dsn.");
  app.add_option("--dsn", asked.dsns,
                 "A real server, may be repeated; targets take them in turn.");
  app.add_option("--targets", asked.targets,
                 "So many targets instead of the scenario's.");
  app.add_option("--out", asked.out,
                 "Folder for reports and logs (build/loadtest/NAME).");
  app.add_option("--pgmuster", asked.collector,
                 "The collector (pgmuster beside this program).");
  app.add_flag("--anyway", asked.anyway,
               "Run although the machine is too small or a part is missing.");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& what) {
    return app.exit(what) == 0 ? 0 : 2;
  }
  (void)std::signal(SIGPIPE, SIG_IGN);
  try {
    return pgmuster::loadtest::run(std::move(asked));
  } catch (const std::exception& thrown) {
    std::fprintf(stderr, "pgmuster-load: %s\n", thrown.what());
    return 2;
  }
}
