// Clocks, listener, log and the process itself.
#include "config/loading/build.hpp"
#include "config/loading/http_words.hpp"
#include "config/units.hpp"

#include <fmt/format.h>

#include <arpa/inet.h>

#include <array>

namespace pgmuster::loading {
namespace {

bool is_probe_name(std::string_view name) {
  return !name.empty()
         && name.find_first_not_of("abcdefghijklmnopqrstuvwxyz_")
              == std::string_view::npos;
}

void read_intervals(const cursor& at, interval_config& into) {
  for (const auto& [name, value] : at.members()) {
    const auto interval = value.duration();
    if (!is_probe_name(name)) {
      value.report("expected \"default\" or a probe's or class's name: small "
                   "letters and \"_\"");
    } else if (interval && name == "default") {
      into.default_interval = *interval;
    } else if (interval) {
      into.by_name[name] = *interval;
    }
  }
}

void read_timeouts(const cursor& at, timeout_config& into) {
  into.statement = at["statement"].duration().value_or(into.statement);
  into.lock = at["lock"].duration().value_or(into.lock);
  into.probe = at["probe"].duration().value_or(into.probe);
  into.cycle = at["cycle"].duration().value_or(into.cycle);
  // Told at a key that was written: the other one may be a default.
  if (into.statement >= into.probe) {
    at[at["statement"].present() ? "statement" : "probe"].report(fmt::format(
      "the statement timeout ({}) must be shorter than the probe's deadline "
      "({})",
      format_duration(into.statement), format_duration(into.probe)));
  }
  if (into.probe > into.cycle) {
    at[at["probe"].present() ? "probe" : "cycle"].report(fmt::format(
      "the probe's deadline ({}) must not be longer than the cycle ({})",
      format_duration(into.probe), format_duration(into.cycle)));
  }
}

void read_reconnect(const cursor& at, reconnect_config& into) {
  const auto pause = [&at](const char* first, milliseconds& from,
                           const char* last, milliseconds& to) {
    from = at[first].duration().value_or(from);
    to = at[last].duration().value_or(to);
    if (from > to) {
      at[at[first].present() ? first : last].report(fmt::format(
        "the first pause ({}) must not be longer than the longest ({})",
        format_duration(from), format_duration(to)));
    }
  };
  pause("after", into.after, "at_most", into.at_most);
  pause("refused_after", into.refused_after, "refused_at_most",
        into.refused_at_most);
}

/// A name would need a name server itself.
bool is_name_server(const std::string& text) {
  auto host = text.substr(0, text.rfind(':'));
  if (host.starts_with('[') && host.ends_with(']')) {
    host = host.substr(1, host.size() - 2);
  }
  in6_addr space{};
  return is_listen_address(text)
         && (::inet_pton(AF_INET, host.c_str(), &space) == 1
             || ::inet_pton(AF_INET6, host.c_str(), &space) == 1);
}

void read_name_servers(const cursor& at, process_config& into) {
  for (const auto& one : at.elements()) {
    const auto address = one.text();
    if (address && !is_name_server(*address)) {
      one.report(fmt::format("expected address:port, such as \"127.0.0.1:53\" "
                             "or \"[::1]:53\", got {}",
                             one.quoted(*address)));
    } else if (address) {
      into.name_servers.push_back(*address);
    }
  }
}

void read_admin(const cursor& at, admin_config& into) {
  if (const auto listen = at["listen"].text()) {
    into.listen = *listen;
    if (!listen->empty() && !is_listen_address(*listen)) {
      at["listen"].report(
        fmt::format("expected host:port, such as \"127.0.0.1:9432\" or "
                    "\"[::1]:9432\", or \"\" for no listener, got {}",
                    at["listen"].quoted(*listen)));
    }
  }
}

void read_hosts(const cursor& at, admin_config& into) {
  for (const auto& element : at.elements()) {
    const auto host = element.text();
    if (host && (host->empty() || host->find_first_of("/ *") != host->npos)) {
      element.report("expected a host's name or address, such as "
                     "\"pgmuster.internal\"");
    }
    into.hosts.push_back(host.value_or(""));
  }
}

void read_log(const cursor& at, log_config& into) {
  constexpr std::array levels{"trace", "debug", "info", "warning", "error"};
  const auto level = at["level"].text();
  for (std::size_t i = 0; level && i < levels.size(); ++i) {
    if (*level == levels[i]) {
      into.level = static_cast<log_level>(i);
    }
  }
  if (at["format"].text() == "json") {
    into.format = log_format::json;
  }
}

void read_process(const cursor& at, process_config& into) {
  into.workers = at["workers"].count().value_or(into.workers);
  into.lanes = at["lanes"].count().value_or(into.lanes);
  into.connectors = at["connectors"].count().value_or(into.connectors);
  into.connects_per_second =
    at["connects_per_second"].count().value_or(into.connects_per_second);
  into.target_connections =
    at["target_connections"].count().value_or(into.target_connections);
  into.shutdown_grace =
    at["shutdown_grace"].duration().value_or(into.shutdown_grace);
  read_name_servers(at["name_servers"], into);
  if (const auto reactor = at["reactor"].text()) {
    into.reactor = *reactor == "io_uring" ? reactor_choice::io_uring
                   : *reactor == "epoll"  ? reactor_choice::epoll
                                          : reactor_choice::automatic;
  }
}

void read_folder(const cursor& at,
                 const build_context& context,
                 std::filesystem::path& into) {
  if (const auto directory = at.text()) {
    if (directory->empty()) {
      at.report("expected the path of a folder");
    }
    into = resolved(context, *directory);
  }
}

void read_spool(const cursor& at,
                const build_context& context,
                const process_config& process,
                spool_config& into) {
  read_folder(at["directory"], context, into.directory);
  if (at.present() && into.directory.empty()
      && process.state_directory.empty()) {
    at.report("nothing is spooled without a \"directory\" here or "
              "\"state_directory\" in \"process\"");
  }
  if (at["mode"].text() == "always") {
    into.mode = spool_mode::always;
  }
  if (const auto sync = at["sync"].text()) {
    into.sync = *sync == "always"  ? sync_policy::always
                : *sync == "never" ? sync_policy::never
                                   : sync_policy::each_second;
  }
  into.bytes_max = at["bytes_max"].size().value_or(into.bytes_max);
  into.route_bytes_max =
    at["route_bytes_max"].size().value_or(into.route_bytes_max);
  into.quarantine_bytes_max =
    at["quarantine_bytes_max"].size().value_or(into.quarantine_bytes_max);
  into.free_min = at["free_min"].size().value_or(into.free_min);
  // Told at a key that was written: the other one may be a default.
  if (at.present() && into.route_bytes_max > into.bytes_max) {
    at[at["route_bytes_max"].present() ? "route_bytes_max" : "bytes_max"]
      .report(fmt::format(
        "what one tenant and route may spool ({}) must not be more than all "
        "together ({})",
        format_byte_count(into.route_bytes_max),
        format_byte_count(into.bytes_max)));
  }
}

} // namespace

std::filesystem::path resolved(const build_context& context,
                               const std::string& path) {
  // An absolute right side replaces the left one.
  return context.folder / path;
}

void build_process(const cursor& root,
                   const build_context& context,
                   configuration& into) {
  read_intervals(root["intervals"], into.intervals);
  read_timeouts(root["timeouts"], into.timeouts);
  read_reconnect(root["reconnect"], into.reconnect);
  read_admin(root["admin"], into.admin);
  read_hosts(root["admin"]["hosts"], into.admin);
  read_log(root["log"], into.log);
  read_process(root["process"], into.process);
  read_folder(root["probes"]["directory"], context, into.probes_directory);
  read_folder(root["process"]["state_directory"], context,
              into.process.state_directory);
  read_spool(root["spool"], context, into.process, into.spool);
}

} // namespace pgmuster::loading
