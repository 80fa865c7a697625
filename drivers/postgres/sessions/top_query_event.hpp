// The statements of one read that took longest since the last one, in the words
// of OpenTelemetry's receiver.
#pragma once

#include "codec/points.hpp"

#include <span>

namespace pgmuster::postgres {

/// `db.server.top_query` of at most `most` entries, the longest first; entries
/// that took no time are none. What each is about is appended to `queries`.
[[nodiscard]] std::vector<target_event>
top_query_events(std::span<const entry_block> blocks,
                 std::size_t most,
                 wall_time now,
                 std::vector<asked_query>& queries);

} // namespace pgmuster::postgres
