// Reads what is said of events, for all tenants or for one.
#pragma once

#include "config/event_config.hpp"
#include "config/loading/cursor.hpp"

namespace pgmuster::loading {

/// Keys that are not given stay as they are in `into`.
[[nodiscard]] event_config read_events(const cursor& at, event_config into);

} // namespace pgmuster::loading
