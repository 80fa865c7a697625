// One try at a server from the command line: connect, fit the catalog, ask who
// we are there.
#pragma once

#include "config/configuration.hpp"
#include "drivers/postgres/blocking.hpp"
#include "drivers/postgres/catalog/catalog.hpp"

namespace pgmuster::commands {

/// The drivers that a command needs, without any actor.
class tools {
public:
  /// Prints why and returns nothing if the reactor does not start. Names are
  /// asked of `name_servers`, or of resolv.conf's if there are none.
  [[nodiscard]] static std::unique_ptr<tools>
  start(const std::vector<std::string>& name_servers);
  ~tools();
  tools(const tools&) = delete;
  tools& operator=(const tools&) = delete;

  std::unique_ptr<reactor> loop;
  std::unique_ptr<postgres::connector> connector;

private:
  tools() = default;
};

struct reached_server {
  std::unique_ptr<postgres::session> session;
  negotiated_catalog catalog;
  server_shape shape;
  std::string role;
  bool privileged = false;
  /// For databases the configuration selects and the role may not enter.
  std::vector<std::string> connect_grants;
  /// Listed in the configuration and not there, or there for nobody.
  std::vector<std::string> absent_databases;
};

[[nodiscard]] result<reached_server>
reach(tools& with,
      const target_config& target,
      const timeout_config& timeouts,
      const postgres::probe_catalog& catalog);

/// The statements that would give the role what is missing; empty if nothing.
[[nodiscard]] std::vector<std::string>
missing_grants(const reached_server& reached);

} // namespace pgmuster::commands
