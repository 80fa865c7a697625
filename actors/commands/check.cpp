#include "actors/commands/attempt.hpp"
#include "actors/commands/command.hpp"
#include "codec/export_verdict.hpp"
#include "drivers/otlp/route_request.hpp"

#include <fmt/format.h>

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <future>
#include <system_error>

namespace pgmuster::commands {

namespace {

bool check_target(tools& with,
                  const tenant_config& tenant,
                  const target_config& target,
                  const configuration& config,
                  const postgres::probe_catalog& catalog) {
  const auto who = tenant.id.value() + "/" + target.name.value();
  const auto reached = reach(with, target, config.timeouts, catalog);
  if (!reached) {
    say(fmt::format("target {}: FAILED: {}\n", who, describe(reached.error())));
    return false;
  }
  const auto& facts = reached->session->facts();
  say(fmt::format(
    "target {}: ok, PostgreSQL {}.{}, role {}{}{}; {} probes, {} "
    "left out\n",
    who, facts.version_num / 10000, facts.version_num % 10000, reached->role,
    facts.encrypted ? ", TLS" : "", facts.pooled ? ", behind a pooler" : "",
    reached->catalog.probes.size(), reached->catalog.absent.size()));
  if (!facts.warning.empty()) {
    say("    warning: " + facts.warning + "\n");
  }
  const auto grants = missing_grants(*reached);
  if (!grants.empty()) {
    say("    for everything to be seen, run as a superuser:\n");
    for (const auto& grant : grants) {
      say("      " + grant + "\n");
    }
  }
  for (const auto& name : reached->absent_databases) {
    say("    FAILED: no database that may be entered is called \"" + name
        + "\"\n");
  }
  return reached->absent_databases.empty();
}

/// Headers may be each tenant's own: the first that uses the route is asked
/// for.
tenant_id tenant_of(const configuration& config, const route_name& route) {
  for (const auto& tenant : config.tenants) {
    if (std::find(tenant.routes.begin(), tenant.routes.end(), route)
        != tenant.routes.end()) {
      return tenant.id;
    }
  }
  return tenant_id{};
}

bool check_otlp(http_client& http,
                const std::string& name,
                const otlp_destination& to,
                const tenant_id& tenant) {
  auto request = route_request(to, signal::metrics, tenant);
  const auto url = without_query(request.url);
  request.body = std::make_shared<const std::string>();
  std::promise<export_answer> promise;
  http.post(std::move(request), [&promise](export_answer answer) {
    promise.set_value(std::move(answer));
  });
  const auto answer = promise.get_future().get();
  const auto verdict = judge(answer, false, system_clock_source().wall());
  if (verdict.is == export_verdict::kind::acknowledged) {
    say(fmt::format("route {}: ok, {}\n", name, url));
    return true;
  }
  say(fmt::format("route {}: FAILED: {}: {}\n", name, url, verdict.message));
  return false;
}

/// Asked of the system, so that nothing is made by a check.
std::string why_not_writable(const std::filesystem::path& path) {
  std::error_code why;
  const auto folder = path.has_parent_path() ? path.parent_path() : ".";
  if (!std::filesystem::is_directory(folder, why)) {
    return !why || why == std::errc::no_such_file_or_directory
             ? "no such folder"
             : why.message();
  }
  if (std::filesystem::is_directory(path, why)) {
    return "it is a folder";
  }
  const auto there = std::filesystem::exists(path, why);
  const auto may = there ? ::access(path.c_str(), W_OK)
                         : ::access(folder.c_str(), W_OK | X_OK);
  return may == 0 ? "" : std::generic_category().message(errno);
}

bool check_file(const std::string& name, const file_destination& to) {
  if (to.path == "-") {
    say(fmt::format("route {}: ok, standard output\n", name));
    return true;
  }
  const auto why = why_not_writable(to.path);
  say(why.empty()
        ? fmt::format("route {}: ok, file {}\n", name, to.path.string())
        : fmt::format("route {}: FAILED: file {}: {}\n", name, to.path.string(),
                      why));
  return why.empty();
}

} // namespace

int check(const check_options& options) {
  const auto config = load_or_explain(options.config_file);
  if (!config) {
    return exit_configuration;
  }
  const auto catalog = catalog_or_explain(*config);
  if (!catalog) {
    return exit_configuration;
  }
  if (options.print) {
    say(print_configuration(*config) + "\n");
  }
  if (options.offline) {
    // Beside a print, standard output is that alone.
    (options.print ? complain : say)("configuration: ok\n");
    return exit_ok;
  }
  const auto with = tools::start(config->process.name_servers);
  if (with == nullptr) {
    return exit_failure;
  }
  const auto http = start_http_client(*with->loop);
  auto good = true;
  for (const auto& tenant : config->tenants) {
    for (const auto& target : tenant.targets) {
      good = check_target(*with, tenant, target, *config, *catalog) && good;
    }
  }
  for (const auto& [name, route] : config->routes) {
    if (const auto* otlp = std::get_if<otlp_destination>(&route.destination)) {
      good = check_otlp(*http, name.value(), *otlp, tenant_of(*config, name))
             && good;
    } else {
      good =
        check_file(name.value(), std::get<file_destination>(route.destination))
        && good;
    }
  }
  http->stop();
  say(good ? "all is well\n" : "something failed; see above\n");
  return good ? exit_ok : exit_failure;
}

} // namespace pgmuster::commands
