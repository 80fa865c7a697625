// What a target's row says and when a figure of it is alarming.
#pragma once

#include "config/time.hpp"
#include "drivers/admin/top_document.hpp"
#include "drivers/admin/top_table.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace pgmuster {

/// Where the tenant stands among the columns, for who has only one.
inline constexpr std::ptrdiff_t top_tenant_column = 1;

[[nodiscard]] std::vector<table_column> top_columns();

/// Parallel to `top_columns`; the reason of a target that is not up, and what
/// its probes lack, are notes.
[[nodiscard]] table_row top_row(const top_target& target,
                                const std::optional<wall_time>& now);

[[nodiscard]] tone tone_of_state(const std::string& state);

} // namespace pgmuster
