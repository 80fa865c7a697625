// Numbers as the protocol writes them: the highest byte first.
#pragma once

#include <bit>
#include <cstdint>

namespace pgmuster::postgres {

/// To it and from it, which is the same.
inline std::uint16_t in_network_order(std::uint16_t value) noexcept {
  return std::endian::native == std::endian::little ? __builtin_bswap16(value)
                                                    : value;
}
inline std::uint32_t in_network_order(std::uint32_t value) noexcept {
  return std::endian::native == std::endian::little ? __builtin_bswap32(value)
                                                    : value;
}
inline std::uint64_t in_network_order(std::uint64_t value) noexcept {
  return std::endian::native == std::endian::little ? __builtin_bswap64(value)
                                                    : value;
}

} // namespace pgmuster::postgres
