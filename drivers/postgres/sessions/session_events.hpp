// What is told of a session of PostgreSQL, in the words of OpenTelemetry's
// receiver; its query's text is never among them.
#pragma once

#include "codec/events.hpp"
#include "codec/sessions.hpp"

namespace pgmuster::postgres {

/// Under this the words of an application are told; they are its own.
inline constexpr auto application_name_key = "postgresql.application_name";

/// What is known beside the session's own row.
struct session_moment {
  wall_time now{};
  /// By the server's clock, in µs; 0: not known.
  std::int64_t server_now = 0;
  /// hash(tenant, target), so that samples of all targets differ.
  std::uint64_t target = 0;
  /// For how long it has been seen waiting for others.
  microseconds blocked{0};
};

/// `db.server.query_sample`.
[[nodiscard]] target_event sample_event(const seen_session& one,
                                        const session_moment& at);

/// `name` says what lasts: a transaction, doing nothing in it, or blocking
/// `waiters` others in a chain `depth` long.
[[nodiscard]] target_event lasting_event(const char* name,
                                         const seen_session& one,
                                         const session_moment& at,
                                         microseconds lasts);
void add_waiters(target_event& into, std::size_t waiters, std::size_t depth);

} // namespace pgmuster::postgres
