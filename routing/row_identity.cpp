#include "routing/row_identity.hpp"

#include <xxhash.h>

namespace pgmuster {

std::uint64_t hash_of_layout(const block_layout& layout,
                             std::uint64_t seed) noexcept {
  auto hash =
    XXH3_64bits_withSeed(layout.probe.data(), layout.probe.size(), seed);
  for (const auto& column : layout.columns) {
    const auto& name = layout.metrics[column.metric].name;
    hash = XXH3_64bits_withSeed(name.data(), name.size(), hash);
  }
  return hash;
}

std::uint64_t hash_of_row(const point_row& row, std::uint64_t seed) noexcept {
  auto hash = seed;
  for (const auto& value : row.values_of_keys) {
    hash = XXH3_64bits_withSeed(value.data(), value.size(), hash);
  }
  return hash;
}

} // namespace pgmuster
