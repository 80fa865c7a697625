// PostgreSQL's sessions, from the rows of a sampled probe by the names of its
// items.
#pragma once

#include "codec/catalog/negotiate.hpp"
#include "codec/rows.hpp"
#include "codec/sessions.hpp"

namespace pgmuster::postgres {

/// Parallel to the rows, but for those of another width. Precondition: the
/// probe is a sampled one.
[[nodiscard]] seen_sessions read_sessions(const negotiated_probe& probe,
                                          const row_set& rows);

/// The numbers of an `int[]` as text, `{1,2}`; one that was cut off is left
/// out.
[[nodiscard]] std::vector<std::int64_t> read_pids(std::string_view text);

} // namespace pgmuster::postgres
