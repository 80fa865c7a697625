// Whether a row's counters began anew since they were last seen.
#pragma once

#include "routing/held_rows.hpp"

namespace pgmuster {

/// One of them fell; or the row has another start than before. Where rows have
/// the start of their whole database, as those of a bounded layout do, that
/// alone says little: a server moves it when one of its tables is reset. There
/// a counter that is not 0 and is what it was tells that its row went on; a row
/// without one is taken at its start's word.
[[nodiscard]] bool began_anew(const block_layout& layout,
                              const std::vector<held_cell>& before,
                              const point_row& now,
                              bool other_start) noexcept;

} // namespace pgmuster
