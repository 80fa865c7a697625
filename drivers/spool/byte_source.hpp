// Bytes that can be read from anywhere in them: a segment's file, or memory.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>

namespace pgmuster::spooling {

class byte_source {
public:
  byte_source() = default;
  virtual ~byte_source() = default;
  byte_source(const byte_source&) = delete;
  byte_source& operator=(const byte_source&) = delete;

  [[nodiscard]] virtual std::uint64_t size() const noexcept = 0;
  /// How many bytes could be read: fewer at the end, or where the disk fails.
  virtual std::size_t read_at(std::uint64_t offset,
                              std::span<char> into) noexcept = 0;
};

class memory_source final : public byte_source {
public:
  explicit memory_source(std::string_view bytes) noexcept : bytes_(bytes) {}

  [[nodiscard]] std::uint64_t size() const noexcept override {
    return bytes_.size();
  }

  std::size_t read_at(std::uint64_t offset,
                      std::span<char> into) noexcept override {
    if (offset >= bytes_.size()) {
      return 0;
    }
    const auto from = bytes_.substr(offset);
    const auto count = std::min(from.size(), into.size());
    std::memcpy(into.data(), from.data(), count);
    return count;
  }

private:
  std::string_view bytes_;
};

} // namespace pgmuster::spooling
