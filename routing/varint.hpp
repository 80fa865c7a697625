// Little-endian base-128 numbers, for baselines and held values kept in bulk.
#pragma once

#include <cstdint>
#include <string>

namespace pgmuster {

inline constexpr std::size_t varint_bytes_max = 10;

/// Writes at `to`, which has `varint_bytes_max` bytes of room; returns the end.
inline char* put_varint(char* to, std::uint64_t value) noexcept {
  while (value >= 0x80U) {
    *to++ = static_cast<char>(value | 0x80U);
    value >>= 7U;
  }
  *to++ = static_cast<char>(value);
  return to;
}

/// Reads one that `put_varint` wrote; returns its end.
inline const char* get_varint(const char* from, std::uint64_t& value) noexcept {
  value = 0;
  for (unsigned shift = 0; shift < 64U; shift += 7U) {
    const auto byte = static_cast<unsigned char>(*from++);
    value |= static_cast<std::uint64_t>(byte & 0x7fU) << shift;
    if ((byte & 0x80U) == 0) {
      break;
    }
  }
  return from;
}

inline const char* skip_varint(const char* from) noexcept {
  while ((static_cast<unsigned char>(*from++) & 0x80U) != 0) {
  }
  return from;
}

/// Small negative numbers stay short.
constexpr std::uint64_t zigzag(std::int64_t value) noexcept {
  return (static_cast<std::uint64_t>(value) << 1U)
         ^ static_cast<std::uint64_t>(value >> 63);
}
constexpr std::int64_t unzigzag(std::uint64_t value) noexcept {
  return static_cast<std::int64_t>((value >> 1U) ^ (~(value & 1U) + 1U));
}

/// Differences and sums wrap instead of being undefined.
constexpr std::int64_t wrapping_add(std::int64_t left,
                                    std::int64_t right) noexcept {
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(left)
                                   + static_cast<std::uint64_t>(right));
}
constexpr std::int64_t wrapping_subtract(std::int64_t left,
                                         std::int64_t right) noexcept {
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(left)
                                   - static_cast<std::uint64_t>(right));
}

} // namespace pgmuster
