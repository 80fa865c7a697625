// A number of bytes is a type, so that it is never mistaken for a count.
#pragma once

#include <compare>
#include <cstdint>

namespace pgmuster {

class byte_count {
public:
  constexpr byte_count() = default;
  constexpr explicit byte_count(std::uint64_t value) noexcept : value_(value) {}

  [[nodiscard]] constexpr std::uint64_t value() const noexcept {
    return value_;
  }

  constexpr auto operator<=>(const byte_count&) const = default;

  constexpr byte_count& operator+=(byte_count other) noexcept {
    value_ += other.value_;
    return *this;
  }

private:
  std::uint64_t value_ = 0;
};

constexpr byte_count operator+(byte_count left, byte_count right) noexcept {
  return left += right;
}

namespace literals {

constexpr byte_count operator""_kB(unsigned long long n) {
  return byte_count{n * 1000};
}
constexpr byte_count operator""_KiB(unsigned long long n) {
  return byte_count{n * 1024};
}
constexpr byte_count operator""_MiB(unsigned long long n) {
  return byte_count{n * 1024 * 1024};
}

} // namespace literals
} // namespace pgmuster
