// A cell in as few bytes as it takes: one byte (what it is, whether it is 0,
// and one mark of the caller's), then its value.
#pragma once

#include "codec/points.hpp"
#include "routing/varint.hpp"

#include <bit>

namespace pgmuster {

/// The most that `put_cell` writes.
inline constexpr std::size_t packed_cell_bytes_max = 1 + varint_bytes_max;

/// Returns where the next one goes.
inline char* put_cell(char* to, const number& value, bool marked) noexcept {
  constexpr unsigned char mark_bit = 0x4U;
  constexpr unsigned char zero_bit = 0x8U;
  auto tag = static_cast<unsigned char>(value.is);
  if (marked) {
    tag |= mark_bit;
  }
  // Of which there are many.
  if (value.is == number::kind::integer && value.integer == 0) {
    *to++ = static_cast<char>(tag | zero_bit);
    return to;
  }
  *to++ = static_cast<char>(tag);
  switch (value.is) {
  case number::kind::absent:
    return to;
  case number::kind::integer:
    return put_varint(to, zigzag(value.integer));
  case number::kind::real: {
    const auto bits = std::bit_cast<std::uint64_t>(value.real);
    for (unsigned shift = 0; shift < 64U; shift += 8U) {
      *to++ = static_cast<char>((bits >> shift) & 0xffU);
    }
    return to;
  }
  }
  return to;
}

/// Reads what `put_cell` wrote; returns where the next one begins.
inline const char*
get_cell(const char* from, number& value, bool& marked) noexcept {
  constexpr unsigned char kind_bits = 0x3U;
  constexpr unsigned char mark_bit = 0x4U;
  constexpr unsigned char zero_bit = 0x8U;
  const auto tag = static_cast<unsigned char>(*from++);
  marked = (tag & mark_bit) != 0;
  switch (static_cast<number::kind>(tag & kind_bits)) {
  case number::kind::absent:
    value = number{};
    return from;
  case number::kind::integer: {
    std::uint64_t raw = 0;
    from = (tag & zero_bit) == 0 ? get_varint(from, raw) : from;
    value = number::of(unzigzag(raw));
    return from;
  }
  case number::kind::real: {
    std::uint64_t bits = 0;
    for (unsigned shift = 0; shift < 64U; shift += 8U) {
      bits |= static_cast<std::uint64_t>(static_cast<unsigned char>(*from++))
              << shift;
    }
    value = number::of(std::bit_cast<double>(bits));
    return from;
  }
  }
  return from;
}

} // namespace pgmuster
