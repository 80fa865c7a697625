// What the points of a sight look like on the wire, without their values.
#pragma once

#include "tests/drivers/postgres/catalog/catalog_sight.hpp"

#include <string>

namespace pgmuster::postgres {

/// Sorted, one a line: `PROBE METRIC UNIT KIND/TYPE TEMPORALITY ATTRIBUTES`,
/// where an attribute of a row is a key and one of a column `key=value`; then
/// the lines that were left out, and the probes that are absent.
[[nodiscard]] std::string shapes_of(const sight& seen);

} // namespace pgmuster::postgres
