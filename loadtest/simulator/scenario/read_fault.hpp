// One element of a scenario's `faults`.
#pragma once

#include "loadtest/simulator/faults/fault.hpp"

#include <boost/json/value.hpp>

#include <string>
#include <vector>

namespace pgmuster::loadtest {

/// What is wrong is appended to `problems`; the fault is of no use then.
[[nodiscard]] fault read_fault(const boost::json::value& of,
                               std::string pointer,
                               instance_number instances,
                               std::vector<std::string>& problems);

} // namespace pgmuster::loadtest
