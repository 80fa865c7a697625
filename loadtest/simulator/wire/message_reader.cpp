// PostgreSQL's protocol 3.0, "Message Formats": lengths count themselves.
#include "loadtest/simulator/wire/message_reader.hpp"

namespace pgmuster::loadtest {

namespace {

constexpr std::size_t length_bytes = 4;

cut_message cut_after(std::string_view bytes,
                      std::size_t type_bytes,
                      std::size_t at_most) noexcept {
  cut_message cut;
  if (bytes.size() < type_bytes + length_bytes) {
    return cut;
  }
  const std::size_t length =
    field_reader{bytes.substr(type_bytes, length_bytes)}.number32();
  if (length < length_bytes || length > at_most) {
    cut.is = cut_message::outcome::broken;
    return cut;
  }
  if (bytes.size() < type_bytes + length) {
    return cut;
  }
  cut.is = cut_message::outcome::complete;
  cut.type = type_bytes == 0 ? '\0' : bytes.front();
  cut.body = bytes.substr(type_bytes + length_bytes, length - length_bytes);
  cut.size = type_bytes + length;
  return cut;
}

} // namespace

cut_message cut_startup(std::string_view bytes) noexcept {
  return cut_after(bytes, 0, startup_bytes_max);
}

cut_message cut_typed(std::string_view bytes) noexcept {
  return cut_after(bytes, 1, message_bytes_max);
}

std::string_view field_reader::bytes(std::size_t count) noexcept {
  if (!good_ || rest_.size() < count) {
    good_ = false;
    return {};
  }
  const auto taken = rest_.substr(0, count);
  rest_.remove_prefix(count);
  return taken;
}

std::uint8_t field_reader::byte() noexcept {
  const auto taken = bytes(1);
  return good_ ? static_cast<std::uint8_t>(taken[0]) : std::uint8_t{0};
}

std::uint16_t field_reader::number16() noexcept {
  const unsigned high = byte();
  return static_cast<std::uint16_t>(high << 8U | byte());
}

std::uint32_t field_reader::number32() noexcept {
  const std::uint32_t high = number16();
  return high << 16U | number16();
}

std::string_view field_reader::text() noexcept {
  const auto end = rest_.find('\0');
  if (!good_ || end == std::string_view::npos) {
    good_ = false;
    return {};
  }
  const auto taken = rest_.substr(0, end);
  rest_.remove_prefix(end + 1);
  return taken;
}

std::optional<std::string_view> field_reader::value() noexcept {
  const auto length = number32();
  if (!good_ || length == ~std::uint32_t{0}) {
    return std::nullopt;
  }
  const auto taken = bytes(length);
  return good_ ? std::optional{taken} : std::nullopt;
}

} // namespace pgmuster::loadtest
