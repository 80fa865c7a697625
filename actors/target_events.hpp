// Which events a target tells, in words without names or values of the
// customer's.
#pragma once

#include "codec/events.hpp"
#include "config/result.hpp"

#include <string>

namespace pgmuster {

/// The server's code in the words of an error; empty: it has none.
[[nodiscard]] std::string sqlstate_of(const error& what);

/// `why` is the last error; it is told of a target that is down.
[[nodiscard]] target_event state_event(const std::string& before,
                                       const std::string& now,
                                       const error& why,
                                       wall_time when);
/// `database`: the one that was asked; may be empty.
[[nodiscard]] target_event probe_event(const std::string& probe,
                                       const std::string& database,
                                       const error& why,
                                       wall_time when);
/// `cause`: "restart", "failover" or "statistics reset".
[[nodiscard]] target_event gap_event(const std::string& cause,
                                     const std::string& database,
                                     wall_time when);

} // namespace pgmuster
