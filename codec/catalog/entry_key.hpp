// How an entry's key is written: each of its items as a big-endian integer.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace pgmuster {

inline constexpr std::size_t key_item_bytes = sizeof(std::int64_t);

inline void append_key_item(std::string& key, std::int64_t item) {
  const auto bits = static_cast<std::uint64_t>(item);
  for (int shift = 56; shift >= 0; shift -= 8) {
    key.push_back(static_cast<char>((bits >> shift) & 0xffU));
  }
}

/// The first item. Precondition: `key` has one.
[[nodiscard]] inline std::int64_t
first_key_item(std::string_view key) noexcept {
  std::uint64_t made = 0;
  for (const char byte : key.substr(0, key_item_bytes)) {
    made = made << 8U | static_cast<unsigned char>(byte);
  }
  return static_cast<std::int64_t>(made);
}

} // namespace pgmuster
