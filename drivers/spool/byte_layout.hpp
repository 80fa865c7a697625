// Little-endian numbers and short texts, written behind each other and taken
// off the front again.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace pgmuster::spooling {

template <class Number>
void put(std::string& into, Number value) {
  auto bits = static_cast<std::uint64_t>(value);
  for (std::size_t at = 0; at < sizeof(Number); ++at) {
    into += static_cast<char>(bits & 0xFFU);
    bits >>= 8U;
  }
}

inline void put_text(std::string& into, std::string_view text) {
  put(into, static_cast<std::uint16_t>(text.size()));
  into += text;
}

/// Beyond the end everything is 0 or empty, and `good` is false.
class taker {
public:
  explicit taker(std::string_view bytes) noexcept : rest_(bytes) {}

  template <class Number>
  [[nodiscard]] Number take() noexcept {
    std::uint64_t bits = 0;
    const auto from = bytes(sizeof(Number));
    for (std::size_t at = from.size(); at > 0; --at) {
      bits = (bits << 8U) | static_cast<unsigned char>(from[at - 1]);
    }
    return static_cast<Number>(bits);
  }

  [[nodiscard]] std::string_view text() noexcept {
    return bytes(take<std::uint16_t>());
  }

  [[nodiscard]] std::string_view bytes(std::size_t count) noexcept {
    if (count > rest_.size()) {
      good_ = false;
      rest_ = {};
      return {};
    }
    const auto taken = rest_.substr(0, count);
    rest_.remove_prefix(count);
    return taken;
  }

  [[nodiscard]] bool good() const noexcept { return good_; }
  [[nodiscard]] bool at_end() const noexcept { return rest_.empty(); }

private:
  std::string_view rest_;
  bool good_ = true;
};

} // namespace pgmuster::spooling
