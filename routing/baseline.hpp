// How the last reading of an entry is kept: one run of bytes, without an
// allocation of its own.
#pragma once

#include "codec/catalog/entry_source.hpp"

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace pgmuster {

/// Layout: the entry's digest (8 B), length of the rest (2 B), the key's items,
/// `since` if the shape has it, a bit a column that is not 0, those columns.
/// Numbers are zigzag varints: about 50 B for an entry of 34 columns of which 8
/// are in use.
class baseline {
public:
  /// At the start of one; the bytes must outlive it.
  explicit baseline(const char* from) noexcept : from_(from) {}

  /// Adds one at the end of `to`.
  static void
  pack(std::string& to, const entry_reading& entry, const entry_shape& shape);
  /// A key as baselines hold it, for comparing with `key`.
  static void pack_key(std::string& to, std::string_view key);

  /// 0: the entry is to be sent again however it is.
  [[nodiscard]] std::int64_t digest() const noexcept {
    std::int64_t made = 0;
    std::memcpy(&made, from_, sizeof made);
    return made;
  }
  [[nodiscard]] std::size_t size() const noexcept {
    length_type made = 0;
    std::memcpy(&made, from_ + sizeof(std::int64_t), sizeof made);
    return head_bytes + made;
  }
  [[nodiscard]] const char* begin() const noexcept { return from_; }
  [[nodiscard]] const char* end() const noexcept { return from_ + size(); }
  [[nodiscard]] std::string_view key(const entry_shape& shape) const noexcept;
  /// As `entry_reading` has it.
  [[nodiscard]] std::string whole_key(const entry_shape& shape) const;
  /// 0 where the key has no database.
  [[nodiscard]] std::int64_t database(const entry_shape& shape) const noexcept;
  /// Fills `values` and `since` of `into`.
  void unpack(const entry_shape& shape, entry_reading& into) const;

private:
  using length_type = std::uint16_t;
  static constexpr std::size_t head_bytes =
    sizeof(std::int64_t) + sizeof(length_type);

  const char* from_;
};

} // namespace pgmuster
