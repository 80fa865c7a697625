// Each range stands alone, so a damaged one costs nothing but itself.
#include "drivers/spool/acknowledgements.hpp"

#include "drivers/spool/byte_layout.hpp"

#include <xxhash.h>

#include <algorithm>

namespace pgmuster::spooling {
namespace {

constexpr std::size_t numbers_bytes = 8;
constexpr std::size_t entry_bytes = 16;

} // namespace

std::vector<acknowledged_range> to_ranges(std::vector<std::uint32_t> ordinals) {
  std::sort(ordinals.begin(), ordinals.end());
  std::vector<acknowledged_range> ranges;
  for (const auto ordinal : ordinals) {
    if (ranges.empty() || ordinal > ranges.back().last + 1) {
      ranges.push_back({ordinal, ordinal});
    } else {
      ranges.back().last = ordinal;
    }
  }
  return ranges;
}

std::string encode_acknowledged(const std::vector<acknowledged_range>& ranges,
                                std::uint64_t salt) {
  std::string bytes;
  for (const auto& range : ranges) {
    std::string numbers;
    put(numbers, range.first);
    put(numbers, range.last);
    bytes += numbers;
    put(bytes, XXH3_64bits_withSeed(numbers.data(), numbers.size(), salt));
  }
  return bytes;
}

std::vector<acknowledged_range> parse_acknowledged(std::string_view bytes,
                                                   std::uint64_t salt) {
  std::vector<acknowledged_range> ranges;
  for (; bytes.size() >= entry_bytes; bytes.remove_prefix(entry_bytes)) {
    taker from{bytes};
    const auto numbers = bytes.substr(0, numbers_bytes);
    const acknowledged_range range{from.take<std::uint32_t>(),
                                   from.take<std::uint32_t>()};
    if (from.take<std::uint64_t>()
          == XXH3_64bits_withSeed(numbers.data(), numbers.size(), salt)
        && range.first <= range.last) {
      ranges.push_back(range);
    }
  }
  return ranges;
}

} // namespace pgmuster::spooling
