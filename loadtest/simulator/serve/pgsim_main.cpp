// The program: a scenario or flags in, one line of JSON when it listens, one
// when SIGTERM or SIGINT has ended it.
#include "loadtest/simulator/scenario/instance_plans.hpp"
#include "loadtest/simulator/serve/report.hpp"
#include "loadtest/simulator/serve/sim_server.hpp"
#include "loadtest/simulator/simulated_server.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include <array>
#include <csignal>
#include <cstdio>
#include <exception>
#include <fstream>
#include <map>
#include <optional>
#include <utility>

namespace pgmuster::loadtest {
namespace {

constexpr int exit_failure = 1;
constexpr int exit_scenario = 2;

struct flags {
  std::string scenario;
  instance_number instances = 0;
  std::vector<std::string> listen;
  std::vector<int> versions;
  std::uint64_t seed = 0;
  bool seed_given = false;
  std::vector<std::string> tls;
  std::string password_file;
  std::string size;
};

const char* const about =
  "A fleet of simulated PostgreSQL servers in one process.\n"
  "A client says by its user's name which instance it means: sim00042.\n";

void describe(CLI::App& app, flags& into) {
  app.add_option("--scenario", into.scenario,
                 "File whose section `simulator` says all; flags go before "
                 "it.");
  app.add_option("--instances", into.instances, "How many there are.")
    ->check(CLI::Range(1U, instances_max));
  app.add_option("--listen", into.listen,
                 "127.0.0.1:PORT; port 0 is a free one; =N at the end gives "
                 "the address to instance N alone. May be repeated.");
  app
    .add_option("--version", into.versions,
                "Major version, 13 to 18. Repeated: instances in turn.")
    ->check(CLI::Range(13, 18));
  app.add_option("--seed", into.seed, "What chance follows from.")
    ->each([&into](const std::string&) { into.seed_given = true; });
  app.add_option("--tls", into.tls, "Certificate and key (PEM).")->expected(2);
  app.add_option("--password-file", into.password_file,
                 "First line: the password of all users. Without it all are "
                 "trusted.");
  app.add_option("--size", into.size, "small, usual or huge.");
}

/// Nothing of a folder, or where not all can be read.
std::optional<std::string> read_file(const std::string& name) {
  std::ifstream from{name};
  std::string text;
  std::array<char, 65'536> bytes{};
  while (from.read(bytes.data(), bytes.size()) || from.gcount() > 0) {
    text.append(bytes.data(), static_cast<std::size_t>(from.gcount()));
  }
  return from.eof() ? std::optional{std::move(text)} : std::nullopt;
}

int complain(const std::string& words, int code) {
  std::fprintf(stderr, "pgmuster-pgsim: %s\n", words.c_str());
  return code;
}

void say(const std::string& line) {
  std::fprintf(stdout, "%s\n", line.c_str());
  std::fflush(stdout);
}

result<simulator_scenario> base_of(const flags& given) {
  if (given.scenario.empty()) {
    return simulator_scenario{};
  }
  const auto text = read_file(given.scenario);
  if (!text) {
    return error{{}, given.scenario + ": cannot be read"};
  }
  return read_scenario(*text,
                       std::filesystem::path{given.scenario}.parent_path());
}

result<simulator_scenario> scenario_of(const flags& given) {
  auto base = base_of(given);
  if (!base) {
    return base;
  }
  auto& made = *base;
  made.instances = given.instances == 0 ? made.instances : given.instances;
  made.seed = given.seed_given ? given.seed : made.seed;
  made.size = given.size.empty() ? made.size : given.size;
  made.versions = given.versions.empty() ? made.versions : given.versions;
  if (!given.listen.empty()) {
    made.listen.clear();
  }
  for (const auto& text : given.listen) {
    const auto place = read_listen_place(text);
    if (!place || place->instance.value_or(0) >= made.instances) {
      return error{{}, text + ": not an address of 127.0.0.0/8 with a port"};
    }
    made.listen.push_back(*place);
  }
  if (!given.tls.empty()) {
    made.tls = {given.tls[0], given.tls[1]};
  }
  if (!given.password_file.empty()) {
    const auto text = read_file(given.password_file);
    if (!text) {
      return error{{}, given.password_file + ": cannot be read"};
    }
    auto password = text->substr(0, text->find('\n'));
    if (password.empty()) {
      // Without one all would be trusted, which was not asked for.
      return error{{}, given.password_file + ": its first line is empty"};
    }
    made.password = secret_string{std::move(password)};
  }
  return base;
}

/// What the instances of one process share.
struct model_parts {
  instance_plans plans;
  std::map<int, std::shared_ptr<server_book>> books{};
  std::shared_ptr<model_counts> counts = std::make_shared<model_counts>();
};

simulated_instance make_instance(model_parts& parts, instance_number instance) {
  auto plan = parts.plans.plan(instance);
  auto& book = parts.books[plan.major];
  if (book == nullptr) {
    book = server_book::of(plan.major);
  }
  std::string version = book->facts().version();
  return {
    std::make_unique<simulated_server>(std::move(plan), book, parts.counts),
    std::move(version)};
}

int serve(const simulator_scenario& scenario, const sigset_t& ending) {
  const auto& clock = system_clock_source();
  const auto started = clock.mono();
  const auto born = clock.wall();
  auto plans = instance_plans::of(scenario, born);
  if (!plans) {
    return complain(pgmuster::describe(plans.error()), exit_scenario);
  }
  model_parts parts{*std::move(plans)};
  std::string why;
  auto ring = start_reactor(scenario.reactor, why);
  if (!ring) {
    return complain(pgmuster::describe(ring.error()), exit_failure);
  }
  sim_server server{scenario,
                    [&parts](instance_number instance) {
                      return make_instance(parts, instance);
                    },
                    **ring, clock};
  if (const auto opened = server.open(); !opened) {
    (*ring)->stop();
    return complain(pgmuster::describe(opened.error()), exit_failure);
  }
  server.start(started);
  say(listening_line(server, (*ring)->backend(), born));
  int which = 0;
  (void)sigwait(&ending, &which);
  server.close_all();
  (*ring)->stop();
  say(ended_line(server));
  return 0;
}

int run(int count, char** words) {
  flags given;
  CLI::App app{about, "pgmuster-pgsim"};
  describe(app, given);
  CLI11_PARSE(app, count, words);
  const auto scenario = scenario_of(given);
  if (!scenario) {
    return complain(pgmuster::describe(scenario.error()), exit_scenario);
  }
  // Before any thread exists, so that all of them block these.
  sigset_t ending;
  sigemptyset(&ending);
  sigaddset(&ending, SIGTERM);
  sigaddset(&ending, SIGINT);
  (void)pthread_sigmask(SIG_BLOCK, &ending, nullptr);
  (void)std::signal(SIGPIPE, SIG_IGN);
  return serve(*scenario, ending);
}

} // namespace
} // namespace pgmuster::loadtest

int main(int count, char** words) {
  try {
    return pgmuster::loadtest::run(count, words);
  } catch (const std::exception& thrown) {
    std::fprintf(stderr, "pgmuster-pgsim: %s\n", thrown.what());
    return 1;
  }
}
