// By what a row is found again in the next observation: the probe, its columns,
// the row's key values, and a seed that stands for the target.
#pragma once

#include "codec/points.hpp"

namespace pgmuster {

[[nodiscard]] std::uint64_t hash_of_layout(const block_layout& layout,
                                           std::uint64_t seed) noexcept;
/// `seed`: its layout's hash.
[[nodiscard]] std::uint64_t hash_of_row(const point_row& row,
                                        std::uint64_t seed) noexcept;

} // namespace pgmuster
