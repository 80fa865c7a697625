// Where one message of a client ends and the next one begins, and reading what
// is in it without running past its end.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace pgmuster::loadtest {

/// A server of PostgreSQL takes no longer start-up packet either.
inline constexpr std::size_t startup_bytes_max = 10'000;
/// Of any other message. The longest thing that a client of ours sends is one
/// SQL text.
inline constexpr std::size_t message_bytes_max = std::size_t{1} << 20U;

/// One message at the front of what has come.
struct cut_message {
  enum class outcome : std::uint8_t {
    complete,
    /// More bytes must come.
    partial,
    /// Its length cannot be: the connection is of no use any more.
    broken
  };
  outcome is = outcome::partial;
  /// 0 in a start-up packet.
  char type = 0;
  /// What follows the length.
  std::string_view body;
  /// Bytes of the whole message, when complete.
  std::size_t size = 0;
};

/// A message without a type byte: the first ones of a connection.
[[nodiscard]] cut_message cut_startup(std::string_view bytes) noexcept;
/// Any later message.
[[nodiscard]] cut_message cut_typed(std::string_view bytes) noexcept;

/// Reads the fields of a body in order. Past its end all reads give nothing,
/// and `good` says so for good.
class field_reader {
public:
  explicit field_reader(std::string_view body) noexcept : rest_(body) {}

  [[nodiscard]] bool good() const noexcept { return good_; }
  /// All was read, and nothing more.
  [[nodiscard]] bool at_end() const noexcept { return good_ && rest_.empty(); }

  std::uint8_t byte() noexcept;
  std::uint16_t number16() noexcept;
  std::uint32_t number32() noexcept;
  /// Up to a zero byte, which is stepped over.
  std::string_view text() noexcept;
  std::string_view bytes(std::size_t count) noexcept;
  /// A length and so many bytes; nothing if the length is -1.
  std::optional<std::string_view> value() noexcept;

private:
  std::string_view rest_;
  bool good_ = true;
};

} // namespace pgmuster::loadtest
