// What pgmuster-pgsim says of itself: one line of JSON when it listens, one
// when it has ended.
#pragma once

#include "config/time.hpp"
#include "loadtest/simulator/serve/sim_server.hpp"

#include <string>
#include <string_view>

namespace pgmuster::loadtest {

/// `started`: time zero of the faults, and when the models were born.
[[nodiscard]] std::string
listening_line(sim_server& server, std::string_view backend, wall_time started);

[[nodiscard]] std::string ended_line(sim_server& server);

} // namespace pgmuster::loadtest
