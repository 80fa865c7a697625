// How the last reading of an entry is kept: one run of bytes, without an
// allocation of its own.
#pragma once

#include "codec/catalog/entry_source.hpp"
#include "routing/varint.hpp"

#include <bit>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace pgmuster {

/// Layout: the entry's digest (8 B), the hash of its key (6 B), the length of
/// the rest, which database it belongs to, `since` if the shape has it, and the
/// numbers as `put_numbers` writes them: about 23 B for an entry of 34 columns
/// of which 4 are in use. What is not fixed is a varint.
class baseline {
public:
  /// At the start of one; the bytes must outlive it.
  explicit baseline(const char* from) noexcept
    : from_(from), body_(get_varint(from + head_bytes, length_)) {}

  /// Of a key as `entry_reading` has it, in 48 bits. Among 5,000 entries two
  /// are taken for one with a chance of 4e-8.
  [[nodiscard]] static std::uint64_t hash_of(std::string_view key) noexcept;

  /// Adds one at the end of `to`. `database`: the caller's number for it.
  static void pack(std::string& to,
                   std::uint64_t key_hash,
                   std::size_t database,
                   const entry_reading& entry,
                   const entry_shape& shape);

  /// Adds it at the end of `to` under another number of its database.
  void copy(std::string& to, std::size_t database) const;

  /// 0: the entry is to be sent again however it is.
  [[nodiscard]] std::int64_t digest() const noexcept {
    return fixed<std::int64_t>(0);
  }
  [[nodiscard]] std::uint64_t key_hash() const noexcept {
    return fixed<std::uint64_t, key_bytes>(sizeof(std::int64_t));
  }
  [[nodiscard]] std::size_t database() const noexcept {
    std::uint64_t made = 0;
    get_varint(body_, made);
    return made;
  }
  [[nodiscard]] const char* begin() const noexcept { return from_; }
  [[nodiscard]] const char* end() const noexcept { return body_ + length_; }
  /// Fills `values` and `since` of `into`.
  void unpack(const entry_shape& shape, entry_reading& into) const;

private:
  static_assert(std::endian::native == std::endian::little);
  static constexpr std::size_t key_bytes = 6;
  static constexpr std::size_t head_bytes = sizeof(std::int64_t) + key_bytes;

  template <class Number, std::size_t Bytes = sizeof(Number)>
  [[nodiscard]] Number fixed(std::size_t at) const noexcept {
    Number made = 0;
    std::memcpy(&made, from_ + at, Bytes);
    return made;
  }

  const char* from_;
  std::uint64_t length_ = 0;
  const char* body_;
};

} // namespace pgmuster
