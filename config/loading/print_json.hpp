// JSON as a person reads it: two spaces a level, short lists on one line.
#pragma once

#include <boost/json/value.hpp>

#include <string>

namespace pgmuster::loading {

[[nodiscard]] std::string pretty(const boost::json::value& value);

} // namespace pgmuster::loading
