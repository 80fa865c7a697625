// Reads 55 characters: version, trace, span, flags.
#include "codec/trace_context.hpp"

#include <algorithm>
#include <span>

namespace pgmuster {

namespace {

constexpr std::string_view version = "00-";
constexpr std::size_t length = 55;
constexpr std::size_t trace_at = 3;
constexpr std::size_t span_at = 36;
constexpr std::size_t flags_at = 53;

constexpr std::optional<std::uint8_t> digit(char letter) noexcept {
  if (letter >= '0' && letter <= '9') {
    return static_cast<std::uint8_t>(letter - '0');
  }
  if (letter >= 'a' && letter <= 'f') {
    return static_cast<std::uint8_t>(letter - 'a' + 10);
  }
  return std::nullopt;
}

bool read_bytes(std::string_view hexadecimal,
                std::span<std::uint8_t> into) noexcept {
  for (std::size_t i = 0; i < into.size(); ++i) {
    const auto high = digit(hexadecimal[2 * i]);
    const auto low = digit(hexadecimal[2 * i + 1]);
    if (!high || !low) {
      return false;
    }
    into[i] = static_cast<std::uint8_t>(*high << 4U | *low);
  }
  return true;
}

bool any(std::span<const std::uint8_t> bytes) noexcept {
  return std::any_of(bytes.begin(), bytes.end(),
                     [](std::uint8_t byte) { return byte != 0; });
}

std::optional<trace_context> read(std::string_view text) noexcept {
  if (text.size() < length || text[span_at - 1] != '-'
      || text[flags_at - 1] != '-') {
    return std::nullopt;
  }
  trace_context made;
  if (!read_bytes(text.substr(trace_at), made.trace)
      || !read_bytes(text.substr(span_at), made.span)
      || !read_bytes(text.substr(flags_at), {&made.flags, 1})
      || !any(made.trace) || !any(made.span)) {
    return std::nullopt;
  }
  return made;
}

/// Where a valid one begins; the end if there is none.
std::size_t place_in(std::string_view words) noexcept {
  auto at = words.find(version);
  while (at != std::string_view::npos && !read(words.substr(at))) {
    at = words.find(version, at + 1);
  }
  return std::min(at, words.size());
}

} // namespace

std::optional<trace_context>
find_trace_context(std::string_view words) noexcept {
  return read(words.substr(place_in(words)));
}

std::string_view before_trace_context(std::string_view words) noexcept {
  return words.substr(0, place_in(words));
}

} // namespace pgmuster
