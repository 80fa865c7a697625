// How a target takes choices off the front of its input.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace pgmuster::fuzz {

/// What is asked for beyond the end is zero or empty.
class input_reader {
public:
  input_reader(const std::uint8_t* data, std::size_t size) noexcept
    : rest_(reinterpret_cast<const char*>(data), size) {}
  explicit input_reader(std::string_view text) noexcept : rest_(text) {}

  [[nodiscard]] bool empty() const noexcept { return rest_.empty(); }
  [[nodiscard]] std::string_view rest() const noexcept { return rest_; }

  [[nodiscard]] std::uint8_t byte() noexcept {
    const auto taken = bytes(1);
    return taken.empty() ? std::uint8_t{0}
                         : static_cast<std::uint8_t>(taken.front());
  }

  [[nodiscard]] std::string_view bytes(std::size_t count) noexcept {
    const auto taken = rest_.substr(0, count);
    rest_.remove_prefix(taken.size());
    return taken;
  }

  /// Up to the next `end`, which is dropped.
  [[nodiscard]] std::string_view until(char end) noexcept {
    const auto taken = bytes(std::min(rest_.find(end), rest_.size()));
    static_cast<void>(bytes(1));
    return taken;
  }

private:
  std::string_view rest_;
};

} // namespace pgmuster::fuzz
