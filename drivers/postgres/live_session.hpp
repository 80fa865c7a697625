// The session over a libpq connection: pipelines on the owner's thread, the
// reactor for waiting, the connector's core for cancelling and closing.
#pragma once

#include "drivers/postgres/connector_core.hpp"
#include "drivers/postgres/session.hpp"

#include <memory>

namespace pgmuster::postgres {

/// What a connect hands over.
struct live_session_parts {
  std::shared_ptr<connector_core> core;
  std::shared_ptr<counted_connection> connection;
  std::optional<cancel_target> target;
  session_facts facts;
  /// Behind a pooler they are set in every transaction.
  milliseconds statement_timeout{0};
  milliseconds lock_timeout{0};
};

/// Enters pipeline mode and registers the socket.
[[nodiscard]] std::unique_ptr<session>
make_live_session(live_session_parts parts);

} // namespace pgmuster::postgres
