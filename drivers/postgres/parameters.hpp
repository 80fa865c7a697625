// Values for a statement's parameters, as the receive functions of PostgreSQL's
// types read them.
#pragma once

#include <cstdint>
#include <span>
#include <string>

namespace pgmuster::postgres {

/// An int8[] of one dimension without nulls (array_recv in arrayfuncs.c).
[[nodiscard]] std::string int8_array(std::span<const std::int64_t> values);

} // namespace pgmuster::postgres
