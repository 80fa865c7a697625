#include "actors/commands/command.hpp"
#include "actors/fleet.hpp"
#include "drivers/logging/log_sink.hpp"
#include "routing/member_slots.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <pthread.h>
#include <unistd.h>

#include <csignal>
#include <thread>

namespace pgmuster::commands {

namespace {

/// Blocks the signals that end the program in all threads to come.
sigset_t block_signals() {
  sigset_t ending;
  sigemptyset(&ending);
  sigaddset(&ending, SIGINT);
  sigaddset(&ending, SIGTERM);
  // The terminal was closed; under nohup that is nothing to us.
  struct sigaction at_hang_up {};
  (void)sigaction(SIGHUP, nullptr, &at_hang_up);
  if (at_hang_up.sa_handler != SIG_IGN) {
    sigaddset(&ending, SIGHUP);
  }
  (void)pthread_sigmask(SIG_BLOCK, &ending, nullptr);
  (void)std::signal(SIGPIPE, SIG_IGN);
  return ending;
}

/// A terminal, a shell and a supervisor may each pass the same Ctrl-C on; what
/// comes this soon after the first signal is its echo.
constexpr timespec echo{0, 300'000'000};

/// Until a signal comes, or nobody is left to collect for.
void await_end(const sigset_t& ending, const fleet& running) {
  constexpr timespec between_looks{0, 200'000'000};
  while (!running.unread()
         && sigtimedwait(&ending, nullptr, &between_looks) < 0) {
  }
}

/// A second signal ends the process at once.
void end_at_second_signal(sigset_t ending) {
  std::thread{[ending] {
    while (sigtimedwait(&ending, nullptr, &echo) > 0) {
    }
    int which = 0;
    (void)sigwait(&ending, &which);
    complain("pgmuster: second signal, ending at once\n");
    _exit(exit_failure);
  }}.detach();
}

/// " (2 quarantined, 5 stopping)": where what was lost has gone.
std::string reasons_of_loss(const stop_outcome& outcome) {
  std::vector<std::string> parts;
  const auto tell = [&](std::uint64_t points, std::string_view why) {
    if (points > 0) {
      parts.push_back(fmt::format("{} {}", points, why));
    }
  };
  tell(outcome.rejected, "rejected");
  tell(outcome.quarantined, "quarantined");
  for (std::size_t why = 0; why < drop_reasons; ++why) {
    tell(outcome.dropped[why], to_string(static_cast<drop_reason>(why)));
  }
  return parts.empty() ? "" : fmt::format(" ({})", fmt::join(parts, ", "));
}

void tell_outcome(const stop_outcome& outcome) {
  complain(fmt::format(
    "pgmuster: stopped; {} targets, {} databases; {} points delivered, {} "
    "lost{}{}; the servers spent {:.1f} ms on it; books {}\n",
    outcome.targets, outcome.databases, outcome.acknowledged, outcome.lost,
    reasons_of_loss(outcome),
    outcome.spooled > 0 ? fmt::format(", {} spooled", outcome.spooled) : "",
    static_cast<double>(outcome.server_cost_us) / 1000.0,
    outcome.balanced ? "balanced" : "NOT balanced"));
}

/// False, and said so, when `member` is not one.
bool keep_share(configuration& config, const std::string& member) {
  const auto who = parse_member(member);
  if (!who) {
    complain(fmt::format("pgmuster: --member {}: expected a number of a "
                         "number, from 1/1 to {}/{}\n",
                         member, members_max, members_max));
    return false;
  }
  const auto kept = keep_own_targets(config, *who);
  if (!config.process.state_directory.empty()) {
    // By number alone: after a change of their count each finds its own again.
    config.process.state_directory /= fmt::format("member-{}", who->number);
  }
  if (!config.spool.directory.empty()) {
    config.spool.directory /= fmt::format("member-{}", who->number);
  }
  complain(
    fmt::format("pgmuster: member {} collects {} targets\n", member, kept));
  return true;
}

} // namespace

int run(const run_options& options) {
  auto config = load_or_explain(options.config_file);
  if (!config) {
    return exit_configuration;
  }
  auto catalog = catalog_or_explain(*config);
  if (!catalog) {
    return exit_configuration;
  }
  if (options.member && !keep_share(*config, *options.member)) {
    return exit_configuration;
  }
  const auto ending = block_signals();
  std::string reason;
  auto loop = start_reactor(config->process.reactor, reason);
  if (!loop) {
    complain(fmt::format("pgmuster: {}\n", describe(loop.error())));
    return exit_failure;
  }
  const auto grace = config->process.shutdown_grace;
  const auto log = make_log_sink(config->log, system_clock_source());
  auto started = fleet::start(std::move(*config), std::move(*catalog),
                              std::move(loop.value()), std::move(reason), *log);
  if (!started) {
    complain(fmt::format("pgmuster: {}\n", describe(started.error())));
    return exit_failure;
  }
  auto& fleet = *started.value();
  if (fleet.admin_port() != 0) {
    log->log(log_level::info, "the admin address is open",
             {{"port", std::to_string(fleet.admin_port())}});
  }
  await_end(ending, fleet);
  end_at_second_signal(ending);
  log->log(log_level::info, "stopping", {});
  const auto outcome = fleet.stop(grace);
  tell_outcome(outcome);
  return outcome.drained && !fleet.unread() ? exit_ok : exit_failure;
}

} // namespace pgmuster::commands
