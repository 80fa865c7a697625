// Waits for a session and its answers: for command-line tools and tests, never
// for the daemon.
#pragma once

#include "drivers/postgres/connector.hpp"

namespace pgmuster::postgres {

/// Blocks until the connector answers; its deadline bounds that.
[[nodiscard]] result<std::unique_ptr<session>>
connect_and_wait(connector& connector, connect_request request);

/// Blocks until every call is answered, in the order of `calls`. After
/// `deadline` the server is asked to stop and the error is timed_out; the
/// session is then of no more use. Takes over the session's `notify`.
[[nodiscard]] result<std::vector<statement_result>>
run_and_wait(session& session,
             std::vector<statement_call> calls,
             milliseconds deadline,
             const clock_source& clock,
             reading when = reading::prompt);

} // namespace pgmuster::postgres
