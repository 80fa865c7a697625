// What is fixed before the first tick: the configuration in force, validated.
#pragma once

#include "config/attribute.hpp"
#include "config/byte_count.hpp"
#include "config/event_config.hpp"
#include "config/limits.hpp"
#include "config/route_config.hpp"
#include "config/secret.hpp"
#include "config/series_config.hpp"
#include "config/spool_config.hpp"
#include "config/statement_config.hpp"
#include "config/strong_id.hpp"
#include "config/time.hpp"

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace pgmuster {

/// Where a password comes from; it is read anew for every connection, so that
/// a changed file is picked up without a restart.
struct password_source {
  enum class kind : std::uint8_t { none, file, environment };
  kind from = kind::none;
  /// A path (already resolved against the configuration's folder) or a
  /// variable's name.
  std::string name;
};

/// Files for TLS that go before those of the DSN; each empty by default.
struct tls_files {
  /// The roots that may vouch for the server; `system` is this system's bundle.
  std::string roots;
  /// Our own certificate and its private key, when the server wants one.
  std::string certificate;
  std::string key;
};

/// Which databases of a target have an actor. `all` means every database that
/// allows connections and is not a template or a provider's own.
struct database_selection {
  enum class kind : std::uint8_t { all, own, listed };
  kind which = kind::all;
  std::vector<std::string> names;
};

struct target_config {
  target_name name;
  /// URI or keyword form, as libpq takes it; may hold a password.
  secret_string dsn;
  password_source password;
  tls_files tls;
  database_selection databases;
  attributes extra;
  /// Read from the DSN, for identity only: server.address and server.port.
  std::string host;
  std::uint16_t port = 5432;
  /// The DSN's own database.
  std::string database;
  /// For messages and the printed form only.
  std::string user;
  /// For the printed form only: all else of the DSN, its secrets as "***".
  std::vector<std::pair<std::string, std::string>> dsn_options;
};

struct tenant_config {
  tenant_id id;
  std::vector<route_name> routes;
  std::vector<target_config> targets;
  event_config events{};
  series_config series{};
};

struct timeout_config {
  milliseconds statement{3'000};
  milliseconds lock{100};
  milliseconds probe{10'000};
  milliseconds cycle{20'000};
};

/// Pauses between attempts to connect: from the first to the longest, doubled
/// each time, with jitter.
struct reconnect_config {
  milliseconds after{1'000};
  milliseconds at_most{60'000};
  /// Where a person must mend it (password, certificate, no such database):
  /// slower, so that no account is locked and no log is flooded.
  milliseconds refused_after{30'000};
  milliseconds refused_at_most{300'000};
};

/// `default_interval` for instance probes, then by probe class or name.
/// A probe's interval: `by_name[probe name]`, else `by_name[its class]`, else
/// `default_interval` for scope instance; `database` is the class of all
/// scope-database probes and `statements` of the statement numbers.
struct interval_config {
  milliseconds default_interval{10'000};
  std::map<std::string, milliseconds> by_name{
    {"database", milliseconds{60'000}},
    {"statements", milliseconds{60'000}}};
};

struct admin_config {
  /// `host:port`; port 0 picks a free one. Empty: no listener.
  std::string listen = "127.0.0.1:9432";
  /// Names by which it may be asked besides its own and loopback's.
  std::vector<std::string> hosts;
};

enum class log_level : std::uint8_t { trace, debug, info, warning, error };
enum class log_format : std::uint8_t { text, json };

struct log_config {
  log_level level = log_level::info;
  log_format format = log_format::text;
};

enum class reactor_choice : std::uint8_t { automatic, io_uring, epoll };

/// How the process itself runs.
struct process_config {
  /// CAF workers; 0 means the number of cores this process may use, at most 4.
  std::size_t workers = 0;
  std::size_t lanes = 2;
  std::size_t connectors = 2;
  /// New connections a second, all targets together; a tenth of it at once.
  std::size_t connects_per_second = limits::connects_per_second_default;
  /// Our connections to one target at a time: one is held, the others come and
  /// go.
  std::size_t target_connections = limits::target_connections_default;
  reactor_choice reactor = reactor_choice::automatic;
  /// `address:port`, asked for targets' names instead of the system's.
  std::vector<std::string> name_servers;
  milliseconds shutdown_grace{5'000};
  /// What outlives the process is kept here; empty: nothing is.
  std::filesystem::path state_directory;
};

struct memory_config {
  /// Of the whole process; absent: a share of the machine's.
  std::optional<byte_count> limit;
};

struct configuration {
  std::map<route_name, route_config> routes;
  std::vector<tenant_config> tenants;
  interval_config intervals;
  timeout_config timeouts;
  reconnect_config reconnect;
  admin_config admin;
  log_config log;
  process_config process;
  memory_config memory;
  spool_config spool;
  /// For tenants that do not say otherwise.
  event_config events{};
  /// For tenants that do not say otherwise.
  series_config series{};
  statement_config statements;
  std::vector<scrub_rule> scrub_rules;
  /// A folder of `.sql` files beside the built-in probes; empty for none.
  std::filesystem::path probes_directory;
  /// From OTEL_RESOURCE_ATTRIBUTES: put on every resource.
  attributes resource;
};

/// Where frames are spooled; empty: nowhere.
[[nodiscard]] inline std::filesystem::path
spool_folder(const configuration& config) {
  if (!config.spool.directory.empty()
      || config.process.state_directory.empty()) {
    return config.spool.directory;
  }
  return config.process.state_directory / "spool";
}

} // namespace pgmuster
