// Bytes in and out of a descriptor, all of them, whatever interrupts.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace pgmuster {

/// Closes on every way out.
class descriptor {
public:
  explicit descriptor(int number) noexcept : number_(number) {}
  ~descriptor();
  descriptor(descriptor&& other) noexcept
    : number_(std::exchange(other.number_, -1)) {}
  descriptor& operator=(descriptor&& other) noexcept {
    std::swap(number_, other.number_);
    return *this;
  }
  descriptor(const descriptor&) = delete;
  descriptor& operator=(const descriptor&) = delete;
  /// Negative: it has none.
  [[nodiscard]] int number() const noexcept { return number_; }

private:
  int number_;
};

/// False: the system took only a part, or none.
[[nodiscard]] bool write_fully(int to, std::string_view bytes) noexcept;

/// The bytes up to the file's end; empty: they cannot be had, or are more than
/// `bytes_max`.
[[nodiscard]] std::optional<std::string> read_fully(int from,
                                                    std::size_t bytes_max);

} // namespace pgmuster
