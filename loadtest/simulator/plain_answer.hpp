// Answers what is no probe: settings, transactions, and what a person types
// into psql to see who is there.
#pragma once

#include "loadtest/simulator/answer.hpp"
#include "loadtest/simulator/server_facts.hpp"

#include <optional>

namespace pgmuster::loadtest {

/// Nothing for statements that are not known.
[[nodiscard]] std::optional<wire_answer>
plain_answer(const wire_question& question,
             std::int64_t backend_pid,
             const server_facts& facts);

} // namespace pgmuster::loadtest
