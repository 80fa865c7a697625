// The command line: what can be asked of the program, and its help.
#include "actors/commands/command.hpp"
#include "config/loading/nearest.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <array>
#include <exception>
#include <span>

namespace pgmuster::commands {

namespace {

const char* const about =
  "pgmuster collects statistics from a fleet of PostgreSQL servers and sends "
  "them as OpenTelemetry metrics.\n";

const char* const examples =
  "Examples:\n"
  "  pgmuster probe postgresql://me@db1/postgres     what would be read, what "
  "it costs\n"
  "  DATABASE_URL=postgresql://me@db1/postgres pgmuster run   no file needed; "
  "points go to standard output\n"
  "  pgmuster check fleet.json                       try every target and "
  "route\n"
  "  pgmuster run --config fleet.json                collect until SIGTERM\n"
  "  pgmuster top                                    watch a running "
  "collector\n"
  "\nExit codes: 0 done, 1 failed, 2 the configuration is wrong (all its "
  "problems are listed).\n";

/// The subcommands and what they were given.
struct command_line {
  CLI::App app{about, "pgmuster"};
  run_options running;
  check_options checking;
  probe_options probing;
  top_options watching;
  std::string run_file;
  std::string member;
  std::string check_file;
  std::string password_file;
  CLI::App* run_command = nullptr;
  CLI::App* check_command = nullptr;
  CLI::App* probe_command = nullptr;
  CLI::App* top_command = nullptr;
  spool_command_options spooling;
  CLI::App* spool_command = nullptr;
  CLI::App* version_command = nullptr;
};

/// What all actions on a spool take.
CLI::App* add_spool_action(command_line& line,
                           const std::string& name,
                           const std::string& words) {
  auto* made = line.spool_command->add_subcommand(name, words);
  made
    ->add_option("directory", line.spooling.directory,
                 "The spool's folder, as configured in spool.directory.")
    ->required();
  made->add_option("--route", line.spooling.route, "Only this route's.");
  made->add_option("--tenant", line.spooling.tenant, "Only this tenant's.");
  made->add_flag("--quarantine", line.spooling.quarantine,
                 "The frames that no destination takes, instead of those that "
                 "wait.");
  return made;
}

void describe_spool_actions(command_line& line) {
  using action = spool_command_options::action;
  line.spool_command = line.app.add_subcommand(
    "spool", "Look into a spool; send or drop what is in it.");
  line.spool_command->require_subcommand(1);
  const auto reports = [&line](CLI::App* which) {
    which->add_option("--format", line.spooling.format, "text or json.")
      ->check(CLI::IsMember({"text", "json"}));
  };
  const auto means = [&line](CLI::App* which, action what) {
    which->callback([&line, what] { line.spooling.what = what; });
  };
  auto* list = add_spool_action(line, "list", "What waits, for whom.");
  reports(list);
  means(list, action::list);
  auto* show = add_spool_action(line, "show", "The frames, decoded.");
  reports(show);
  means(show, action::show);
  show->add_option("--limit", line.spooling.limit, "At most so many frames.");
  auto* verify = add_spool_action(
    line, "verify", "Read everything; exit code 1 if anything is damaged.");
  reports(verify);
  means(verify, action::verify);
  auto* replay = add_spool_action(
    line, "replay", "Send what waits, in order; what is taken is deleted.");
  means(replay, action::replay);
  replay
    ->add_option("--to", line.spooling.to, "Base URL of an OTLP destination.")
    ->required();
  replay->add_option("--header-file", line.spooling.header_file,
                     "A file of `Name: value` lines to send along.");
  replay
    ->add_option("--timeout", line.spooling.timeout_seconds,
                 "Seconds to wait for each answer.")
    ->check(CLI::Range(1, 3600));
  auto* drop = add_spool_action(line, "drop", "Delete what waits.");
  means(drop, action::drop);
  drop->add_flag("--yes", line.spooling.yes, "Without this nothing is done.");
  drop->add_flag("--unreadable", line.spooling.unreadable,
                 "Also segments of another version or without a beginning.");
}

void describe_commands(command_line& line) {
  line.app.footer(examples);
  line.app.require_subcommand(1);
  line.run_command =
    line.app.add_subcommand("run", "Collect until SIGINT or SIGTERM.");
  line.run_command->add_option(
    "-c,--config", line.run_file,
    "Configuration file (JSON with comments). Without it the environment "
    "decides: DATABASE_URL, OTEL_EXPORTER_OTLP_ENDPOINT, ….");
  line.run_command->add_option(
    "--member", line.member,
    "This process's share of the targets, such as 3/16: the third of sixteen "
    "processes with the same configuration.");
  line.check_command = line.app.add_subcommand(
    "check", "Validate a configuration, then try each target and route.");
  line.check_command->add_option("file", line.check_file,
                                 "Configuration file.");
  line.check_command->add_flag(
    "--print", line.checking.print,
    "Print the configuration in force; secrets are masked.");
  line.check_command->add_flag("--offline", line.checking.offline,
                               "Validate only; connect to nothing.");
  line.probe_command =
    line.app.add_subcommand("probe", "Run each probe once against one server.");
  line.probe_command
    ->add_option("dsn", line.probing.dsn, "URI or keyword form, as for psql.")
    ->required();
  line.probe_command->add_option("--password-file", line.password_file,
                                 "File whose first line is the password.");
  line.probe_command->add_option("--probe", line.probing.probes,
                                 "Only this probe; may be repeated.");
  line.probe_command
    ->add_option("--format", line.probing.format, "table or json.")
    ->check(CLI::IsMember({"table", "json"}));
  line.probe_command->add_flag(
    "--print-sql", line.probing.print_sql,
    "Print the statements for this server instead; psql runs them.");
  line.top_command =
    line.app.add_subcommand("top", "A live view of a running collector.");
  line.top_command
    ->add_option("--url", line.watching.url, "The collector's admin address.")
    ->capture_default_str();
  line.top_command->add_flag("--once", line.watching.once,
                             "Print one view and end.");
  line.top_command->add_option("--footer-file", line.watching.footer_file,
                               "Show this file's first line under the table.");
  describe_spool_actions(line);
  line.version_command =
    line.app.add_subcommand("version", "Print the version.");
}

/// What is not a command is told by the command that it may have been meant to
/// be; CLI11 would only say that one is required.
bool names_no_command(int argc, char** argv) {
  static constexpr std::array<std::string_view, 6> commands{
    "run", "check", "probe", "top", "spool", "version"};
  static constexpr std::array<std::string_view, 5> spool_commands{
    "list", "show", "verify", "replay", "drop"};
  const auto complains = [](std::string_view word, const std::string& after,
                            std::span<const std::string_view> known) {
    if (word.empty() || word.starts_with('-')
        || std::find(known.begin(), known.end(), word) != known.end()) {
      return false;
    }
    complain("pgmuster" + after + ": there is no command \"" + std::string{word}
             + "\"" + loading::suggestion(word, known)
             + "\nRun with --help for more information.\n");
    return true;
  };
  const std::string_view word = argc > 1 ? argv[1] : "";
  return complains(word, "", commands)
         || (word == "spool"
             && complains(argc > 2 ? argv[2] : "", " spool", spool_commands));
}

int perform(command_line& line) {
  if (line.run_command->parsed()) {
    if (!line.run_file.empty()) {
      line.running.config_file = line.run_file;
    }
    if (!line.member.empty()) {
      line.running.member = line.member;
    }
    return run(line.running);
  }
  if (line.check_command->parsed()) {
    if (!line.check_file.empty()) {
      line.checking.config_file = line.check_file;
    }
    return check(line.checking);
  }
  if (line.probe_command->parsed()) {
    if (!line.password_file.empty()) {
      line.probing.password_file = line.password_file;
    }
    return probe(line.probing);
  }
  if (line.top_command->parsed()) {
    return top(line.watching);
  }
  if (line.spool_command->parsed()) {
    return spool(line.spooling);
  }
  return version();
}

} // namespace
} // namespace pgmuster::commands

int main(int argc, char** argv) {
  using namespace pgmuster::commands; // NOLINT(google-build-using-namespace)
  try {
    if (names_no_command(argc, argv)) {
      return exit_configuration;
    }
    if (argc == 2 && std::string_view{argv[1]} == "--version") {
      return version();
    }
    command_line line;
    describe_commands(line);
    try {
      line.app.parse(argc, argv);
    } catch (const CLI::ParseError& what) {
      const auto code = line.app.exit(what);
      return code == 0 ? exit_ok : exit_configuration;
    }
    return perform(line);
  } catch (const std::exception& what) {
    complain(std::string{"pgmuster: "} + what.what() + "\n");
    return exit_failure;
  }
}
