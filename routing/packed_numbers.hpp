// Numbers of which most are 0, kept in few bytes: a bit for each up to the last
// that is not, then those as varints.
#pragma once

#include "routing/varint.hpp"

#include <cstring>
#include <span>

namespace pgmuster {

/// Columns a byte of bits stands for; its last bit says that another follows.
inline constexpr std::size_t columns_a_byte = 7;

/// Room that `put_numbers` may need.
constexpr std::size_t packed_bytes_max(std::size_t count) noexcept {
  return count / columns_a_byte + 1 + count * varint_bytes_max;
}

/// Writes at `to`, which has that room; returns the end.
inline char* put_numbers(char* to,
                         std::span<const std::int64_t> numbers) noexcept {
  auto used = numbers.size();
  while (used > 0 && numbers[used - 1] == 0) {
    --used;
  }
  const auto bytes = used == 0 ? 1 : (used - 1) / columns_a_byte + 1;
  char* const bits = to;
  to += bytes;
  std::memset(bits, static_cast<char>(0x80), bytes);
  bits[bytes - 1] = 0;
  for (std::size_t at = 0; at < used; ++at) {
    if (numbers[at] != 0) {
      auto& of = bits[at / columns_a_byte];
      of = static_cast<char>(static_cast<unsigned char>(of)
                             | 1U << at % columns_a_byte);
      to = put_varint(to, zigzag(numbers[at]));
    }
  }
  return to;
}

/// Fills `numbers` with as many as were put; returns their end.
inline const char* get_numbers(const char* from,
                               std::span<std::int64_t> numbers) noexcept {
  const char* bits = from;
  from = skip_varint(from);
  const char* const values = from;
  unsigned flags = 0;
  for (std::size_t at = 0; at < numbers.size(); ++at) {
    if (at % columns_a_byte == 0) {
      flags = bits < values ? static_cast<unsigned char>(*bits++) & 0x7fU : 0;
    }
    numbers[at] = 0;
    if ((flags & 1U) != 0) {
      std::uint64_t raw = 0;
      from = get_varint(from, raw);
      numbers[at] = unzigzag(raw);
    }
    flags >>= 1U;
  }
  return from;
}

} // namespace pgmuster
