// Why talking to a PostgreSQL server failed, as far as policy must know.
#pragma once

#include <cstdint>
#include <system_error>

namespace pgmuster::postgres {

enum class errc : std::uint8_t {
  success = 0,
  /// The DSN cannot be read.
  bad_dsn,
  /// The password's file or variable cannot be read.
  bad_password_source,
  /// The name did not resolve, or not in time.
  name_not_resolved,
  /// Nobody listens, or the network refuses.
  refused,
  /// A deadline of ours passed.
  timed_out,
  /// TLS could not be agreed, or the certificate did not verify.
  tls_failed,
  /// Wrong password, unknown role, pg_hba.conf (SQLSTATE class 28).
  authentication_failed,
  /// SQLSTATE 3D000.
  no_such_database,
  /// SQLSTATE 53300: the server has no connection to spare.
  too_many_connections,
  /// Starting up, shutting down, in recovery (57P01–57P03).
  server_not_ready,
  /// The connection was lost.
  connection_lost,
  /// The peer does not speak the protocol.
  protocol_violation,
  /// A right is missing (42501).
  insufficient_privilege,
  /// The server cancelled by statement_timeout or our request (57014).
  cancelled,
  /// lock_timeout (55P03).
  lock_not_available,
  /// The result's shape is not the prepared one's (0A000, 26000): renegotiate.
  stale_statement,
  /// A column or relation is missing (42P01, 42703, 42883 …).
  undefined,
  /// Any other error of the server about a statement.
  statement_failed,
  /// A cap of ours was reached (descriptors, connects under way).
  too_many_ours,
  /// The process is stopping.
  stopping
};

[[nodiscard]] const std::error_category& category() noexcept;
[[nodiscard]] std::error_code make_error_code(errc code) noexcept;

/// From an SQLSTATE of five characters; unknown ones are statement_failed.
[[nodiscard]] errc classify_sqlstate(const char* sqlstate) noexcept;

} // namespace pgmuster::postgres

template <>
struct std::is_error_code_enum<pgmuster::postgres::errc> : std::true_type {};
