// Answers the two statements by which the collector learns a server's shape.
#pragma once

#include "loadtest/simulator/answer.hpp"
#include "loadtest/simulator/server_facts.hpp"

#include <optional>

namespace pgmuster::loadtest {

/// `shape_key` and `shape`: the relations and functions that are asked for are
/// read from the statement's lists. Nothing for other probes.
[[nodiscard]] std::optional<wire_answer>
shape_answer(std::string_view probe, std::string_view sql, const server_facts&);

} // namespace pgmuster::loadtest
