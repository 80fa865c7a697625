// Which values the options of a DSN may have.
#pragma once

#include "drivers/postgres/conninfo.hpp"

namespace pgmuster::postgres {

/// libpq looks at them only when it connects (connectOptions2 in fe-connect.c);
/// a mistake is to be told before anything is started. `errc::bad_dsn` names
/// the option and what is expected, never the value. Refuses what names several
/// hosts, too: a target is one server.
[[nodiscard]] result<void> check_dsn_values(const option_map& options);

} // namespace pgmuster::postgres
