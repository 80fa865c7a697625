// Numbers of which most are 0, kept in few bytes: a bit for each that is not,
// then those as varints.
#pragma once

#include "routing/varint.hpp"

#include <cstring>
#include <span>

namespace pgmuster {

/// Room that `put_numbers` may need.
constexpr std::size_t packed_bytes_max(std::size_t count) noexcept {
  return (count + 7) / 8 + count * varint_bytes_max;
}

/// Writes at `to`, which has that room; returns the end.
inline char* put_numbers(char* to,
                         std::span<const std::int64_t> numbers) noexcept {
  char* const bits = to;
  to += (numbers.size() + 7) / 8;
  std::memset(bits, 0, static_cast<std::size_t>(to - bits));
  for (std::size_t at = 0; at < numbers.size(); ++at) {
    if (numbers[at] != 0) {
      const auto byte = static_cast<unsigned char>(bits[at / 8]);
      bits[at / 8] = static_cast<char>(byte | 1U << at % 8);
      to = put_varint(to, zigzag(numbers[at]));
    }
  }
  return to;
}

/// Fills `numbers` with as many as were put; returns their end.
inline const char* get_numbers(const char* from,
                               std::span<std::int64_t> numbers) noexcept {
  const char* const bits = from;
  from += (numbers.size() + 7) / 8;
  for (std::size_t at = 0; at < numbers.size(); ++at) {
    numbers[at] = 0;
    const unsigned byte = static_cast<unsigned char>(bits[at / 8]);
    if ((byte >> at % 8 & 1U) != 0) {
      std::uint64_t raw = 0;
      from = get_varint(from, raw);
      numbers[at] = unzigzag(raw);
    }
  }
  return from;
}

} // namespace pgmuster
