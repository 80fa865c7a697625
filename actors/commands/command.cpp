#include "actors/commands/command.hpp"

#include "actors/commands/commit.hpp"
#include "config/loading/nearest.hpp"
#include "drivers/postgres/dsn.hpp"

#include "version.hpp"

#include <cstdio>
#include <set>
#include <string_view>
#include <vector>

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

std::optional<postgres::probe_catalog>
catalog_or_explain(const configuration& config) {
  auto catalog = postgres::load_catalog(config.probes_directory);
  if (!catalog) {
    complain(describe(catalog.error()) + "\n");
    return std::nullopt;
  }
  std::set<std::string> names{"database", "statements"};
  for (const auto& probe : catalog.value()) {
    names.insert(probe->name);
    names.insert(probe->interval_class);
  }
  std::vector<std::string_view> known{"default"};
  known.insert(known.end(), names.begin(), names.end());
  auto good = true;
  for (const auto& [name, interval] : config.intervals.by_name) {
    if (names.count(name) == 0) {
      good = false;
      complain("/intervals/" + name + ": no probe or class is called \"" + name
               + "\"" + loading::suggestion(name, known) + "\n");
    }
  }
  if (!good) {
    complain("pgmuster: nothing was started; `pgmuster probe DSN` lists the "
             "probes.\n");
    return std::nullopt;
  }
  return std::move(catalog.value());
}

int version() {
  const std::string commit = commit_text();
  say(std::string{"pgmuster "} + version_text
      + (commit.empty() ? "" : " (commit " + commit + ")") + "\n");
  return exit_ok;
}

} // namespace pgmuster::commands
