// One connect from its name to a session that is set up.
#pragma once

#include "drivers/postgres/connector_core.hpp"
#include "drivers/postgres/loop_task.hpp"

namespace pgmuster::postgres {

/// The deadline counts from `now`. Reads the password here: on a connector
/// thread. `what.done` is called once, from `step` or `abandon`.
[[nodiscard]] std::unique_ptr<loop_task>
make_connect_task(std::shared_ptr<connector_core> core,
                  waiting_connect what,
                  mono_time now);

} // namespace pgmuster::postgres
