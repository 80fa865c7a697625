// One measured value: an integer, a double or nothing.
#pragma once

#include <cstdint>

namespace pgmuster {

/// NULL is nothing, and no point.
struct number {
  enum class kind : std::uint8_t { absent, integer, real };
  kind is = kind::absent;
  union {
    std::int64_t integer = 0;
    double real;
  };

  [[nodiscard]] static number of(std::int64_t value) noexcept {
    number made;
    made.is = kind::integer;
    made.integer = value;
    return made;
  }
  [[nodiscard]] static number of(double value) noexcept {
    number made;
    made.is = kind::real;
    made.real = value;
    return made;
  }
  [[nodiscard]] bool present() const noexcept { return is != kind::absent; }
};

} // namespace pgmuster
