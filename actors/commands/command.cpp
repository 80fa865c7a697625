#include "actors/commands/command.hpp"

#include "drivers/postgres/dsn.hpp"
#include "version.hpp"

#include <cstdio>

extern char** environ; // NOLINT(readability-redundant-declaration)

namespace pgmuster::commands {

namespace {

std::map<std::string, std::string> environment() {
  std::map<std::string, std::string> all;
  for (char** at = environ; *at != nullptr; ++at) {
    const std::string line{*at};
    const auto equals = line.find('=');
    if (equals != std::string::npos) {
      all[line.substr(0, equals)] = line.substr(equals + 1);
    }
  }
  return all;
}

} // namespace

void say(const std::string& words) {
  (void)std::fwrite(words.data(), 1, words.size(), stdout);
  (void)std::fflush(stdout);
}

void complain(const std::string& words) {
  (void)std::fwrite(words.data(), 1, words.size(), stderr);
}

std::optional<configuration>
load_or_explain(const std::optional<std::string>& file) {
  load_request request;
  if (file) {
    request.file = *file;
  }
  request.environment = environment();
  request.parse_dsn = postgres::parse_dsn;
  auto outcome = load_configuration(request);
  if (outcome.problems.empty()) {
    return std::move(outcome.config);
  }
  complain(describe(outcome.problems));
  complain("pgmuster: nothing was started.\n");
  return std::nullopt;
}

int version() {
  say(std::string{"pgmuster "} + version_text + "\n");
  return exit_ok;
}

} // namespace pgmuster::commands
