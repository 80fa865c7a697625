// The type that PostgreSQL would give an item of a probe, guessed from its
// text.
#pragma once

#include "codec/catalog/probe_definition.hpp"
#include "loadtest/simulator/server_facts.hpp"

namespace pgmuster::loadtest {

/// By casts, columns and functions; what is not known is taken as its role
/// says: text for attributes, float8 or int8 for values. Against real servers
/// a test compares it with their own words.
[[nodiscard]] wire_type type_of_item(const probe_item& item,
                                     const probe_definition& probe,
                                     const server_facts& facts);

} // namespace pgmuster::loadtest
