// Numbers as the protocol writes them: the highest byte first.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <string>

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

/// Precondition: there are so many bytes.
template <class Unsigned>
Unsigned read_big(const char* bytes) noexcept {
  Unsigned value = 0;
  std::memcpy(&value, bytes, sizeof value);
  return in_network_order(value);
}

template <class Unsigned>
void append_big(std::string& to, Unsigned value) {
  value = in_network_order(value);
  to.append(reinterpret_cast<const char*>(&value), sizeof value);
}

} // namespace pgmuster::postgres
