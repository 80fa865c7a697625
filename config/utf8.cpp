// Walks UTF-8 one character at a time, with a quick way past ASCII.
#include "config/utf8.hpp"

#include <cstdint>
#include <cstring>

namespace pgmuster {
namespace {

constexpr std::size_t word_bytes = sizeof(std::uint64_t);

bool ascii_word(const char* at) noexcept {
  constexpr std::uint64_t high_bits = 0x8080808080808080U;
  std::uint64_t word = 0;
  std::memcpy(&word, at, word_bytes);
  return (word & high_bits) == 0;
}

std::size_t ascii_prefix(std::string_view text) noexcept {
  std::size_t at = 0;
  while (at + word_bytes <= text.size() && ascii_word(text.data() + at)) {
    at += word_bytes;
  }
  // The rest with some of what was seen: names are short, their ends many.
  if (text.size() >= word_bytes && at + word_bytes > text.size()
      && ascii_word(text.data() + text.size() - word_bytes)) {
    return text.size();
  }
  while (at < text.size() && static_cast<unsigned char>(text[at]) < 0x80U) {
    ++at;
  }
  return at;
}

/// What RFC 3629 allows after a lead byte; the second byte's range excludes
/// overlong forms, surrogates and what is beyond U+10FFFF.
struct lead_rule {
  std::size_t length = 0;
  unsigned char second_min = 0x80;
  unsigned char second_max = 0xBF;
};

lead_rule rule_of(unsigned char lead) noexcept {
  if (lead >= 0xC2U && lead <= 0xDFU) {
    return {2};
  }
  if (lead >= 0xE0U && lead <= 0xEFU) {
    const unsigned char low = lead == 0xE0U ? 0xA0U : 0x80U;
    const unsigned char high = lead == 0xEDU ? 0x9FU : 0xBFU;
    return {3, low, high};
  }
  if (lead >= 0xF0U && lead <= 0xF4U) {
    const unsigned char low = lead == 0xF0U ? 0x90U : 0x80U;
    const unsigned char high = lead == 0xF4U ? 0x8FU : 0xBFU;
    return {4, low, high};
  }
  return {};
}

/// Length of the character that `text` starts with; 0 if it is ill-formed.
std::size_t character(std::string_view text) noexcept {
  const auto byte = [&](std::size_t at) {
    return static_cast<unsigned char>(text[at]);
  };
  if (byte(0) < 0x80U) {
    return 1;
  }
  const lead_rule rule = rule_of(byte(0));
  if (rule.length == 0 || text.size() < rule.length || byte(1) < rule.second_min
      || byte(1) > rule.second_max) {
    return 0;
  }
  for (std::size_t at = 2; at < rule.length; ++at) {
    if ((byte(at) & 0xC0U) != 0x80U) {
      return 0;
    }
  }
  return rule.length;
}

constexpr std::string_view replacement = "\xEF\xBF\xBD";

} // namespace

bool is_utf8(std::string_view text) noexcept {
  for (;;) {
    text.remove_prefix(ascii_prefix(text));
    if (text.empty()) {
      return true;
    }
    const std::size_t length = character(text);
    if (length == 0) {
      return false;
    }
    text.remove_prefix(length);
  }
}

std::string to_utf8(std::string_view text) {
  std::string made;
  made.reserve(text.size() + replacement.size());
  while (!text.empty()) {
    const std::size_t length = character(text);
    made += length == 0 ? replacement : text.substr(0, length);
    text.remove_prefix(length == 0 ? 1 : length);
  }
  return made;
}

std::string printable(std::string_view text, std::size_t bytes_max) {
  std::string made;
  while (!text.empty()) {
    const std::size_t length = character(text);
    std::string_view next = length == 0 ? replacement : text.substr(0, length);
    const auto first = static_cast<unsigned char>(next[0]);
    if (first < 0x20U || first == 0x7FU) {
      next = " ";
    }
    if (made.size() + next.size() > bytes_max) {
      break;
    }
    made += next;
    text.remove_prefix(length == 0 ? 1 : length);
  }
  while (!made.empty() && made.back() == ' ') {
    made.pop_back();
  }
  return made;
}

} // namespace pgmuster
