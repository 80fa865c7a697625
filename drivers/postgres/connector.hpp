// Threads that connect: DNS, TCP, TLS, authentication and session setup happen
// here, rate-limited, with deadlines of our own; never on an actor's thread.
#pragma once

#include "config/configuration.hpp"
#include "drivers/clock.hpp"
#include "drivers/postgres/session.hpp"
#include "drivers/reactor/reactor.hpp"

namespace pgmuster::postgres {

struct connect_request {
  secret_string dsn;
  password_source password;
  tls_files tls;
  /// Another database than the DSN's own; empty for that one.
  std::string database;
  milliseconds deadline{10'000};
  milliseconds statement_timeout{3'000};
  milliseconds lock_timeout{100};
  std::string application_name = "pgmuster";
  /// The right to the connection; let go once the server has ended its session
  /// too, or connecting has failed. May be null.
  std::shared_ptr<const void> permit;
};

using connect_callback = std::function<void(result<std::unique_ptr<session>>)>;

struct connector_counts {
  std::uint64_t started = 0;
  std::uint64_t succeeded = 0;
  std::uint64_t failed = 0;
  /// Not begun: the queue was full or the process was stopping.
  std::uint64_t turned_away = 0;
  /// Begun by nobody yet: they wait for the rate.
  std::uint64_t waiting = 0;
  /// Connections that exist, those included that the server has yet to end.
  std::uint64_t open = 0;
  std::uint64_t closed = 0;
  std::uint64_t cancels_sent = 0;
  std::uint64_t cancels_refused = 0;
  /// Bundles of roots read; connections share what was read.
  std::uint64_t roots_read = 0;
  /// Handshakes for which libpq had to read a bundle for itself.
  std::uint64_t roots_not_shared = 0;
};

class connector {
public:
  virtual ~connector() = default;

  /// Calls back exactly once, on a connector thread, or from within when the
  /// queue is full or stop was called. Requests beyond the rate wait; their
  /// deadline counts from when they begin.
  virtual void connect(connect_request request, connect_callback done) = 0;

  [[nodiscard]] virtual connector_counts counts() const noexcept = 0;

  /// Answers what is pending with errc::stopping, closes what the reaper has,
  /// joins. Call it before the reactor's stop. Idempotent.
  virtual void stop() = 0;
};

/// `reactor` and `clock` must outlive the connector. The rate is for all
/// threads together; `name_servers` (each `address:port`) stand in for
/// resolv.conf's.
[[nodiscard]] std::unique_ptr<connector> start_connector(
  reactor& reactor,
  const clock_source& clock,
  std::size_t threads,
  std::size_t connects_per_second = limits::connects_per_second_default,
  const std::vector<std::string>& name_servers = {});

} // namespace pgmuster::postgres
