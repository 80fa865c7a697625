// What makes a foreign text safe to show: valid, bounded, and only text.
#include "drivers/logging/legible.hpp"

#include <algorithm>

namespace pgmuster {

namespace {

bool continues(std::string_view text, std::size_t at) {
  return at < text.size()
         && (static_cast<unsigned char>(text[at]) & 0xC0U) == 0x80U;
}

// Bytes of the well-formed sequence at `at` (RFC 3629, section 4), 0 if none.
std::size_t sequence_length(std::string_view text, std::size_t at) {
  const auto byte = [&](std::size_t i) {
    return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U;
  };
  const unsigned first = byte(at);
  const unsigned second = byte(at + 1);
  if (first < 0x80U) {
    return 1;
  }
  if (first >= 0xC2U && first <= 0xDFU) {
    return continues(text, at + 1) ? 2 : 0;
  }
  if ((first & 0xF0U) == 0xE0U) {
    const bool overlong = first == 0xE0U && second < 0xA0U;
    const bool surrogate = first == 0xEDU && second > 0x9FU;
    const bool whole = continues(text, at + 1) && continues(text, at + 2);
    return whole && !overlong && !surrogate ? 3 : 0;
  }
  if (first >= 0xF0U && first <= 0xF4U) {
    const bool overlong = first == 0xF0U && second < 0x90U;
    const bool beyond = first == 0xF4U && second > 0x8FU;
    const bool whole = continues(text, at + 1) && continues(text, at + 2)
                       && continues(text, at + 3);
    return whole && !overlong && !beyond ? 4 : 0;
  }
  return 0;
}

} // namespace

std::string legible(std::string_view text, std::size_t bytes_max) {
  std::string clean;
  clean.reserve(std::min(text.size(), bytes_max));
  std::size_t at = 0;
  while (at < text.size()) {
    const std::size_t length = sequence_length(text, at);
    const std::string_view piece =
      length == 0 ? std::string_view{"\uFFFD"} : text.substr(at, length);
    if (clean.size() + piece.size() > bytes_max) {
      return clean + "…";
    }
    clean += piece;
    at += std::max<std::size_t>(length, 1);
  }
  return clean;
}

std::string without_controls(std::string_view text) {
  std::string clean;
  clean.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    // C1 controls are C2 80 … C2 9F in UTF-8.
    const bool two_bytes = c == 0xC2U && i + 1 < text.size()
                           && static_cast<unsigned char>(text[i + 1]) < 0xA0U;
    if (c < 0x20U || c == 0x7FU || two_bytes) {
      clean += ' ';
      i += two_bytes ? 1U : 0U;
    } else {
      clean += text[i];
    }
  }
  return clean;
}

} // namespace pgmuster
