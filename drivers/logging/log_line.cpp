// What one line of the log looks like, as text and as JSON. Pure.
#include "drivers/logging/log_line.hpp"

#include "drivers/logging/rfc3339.hpp"

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/string.hpp>
#include <fmt/format.h>

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

bool is_plain(char c) {
  return static_cast<unsigned char>(c) > 0x20U && c != '"' && c != '='
         && c != '\\' && c != 0x7F;
}

std::string in_quotes(std::string_view text) {
  return boost::json::serialize(boost::json::string{text});
}

// Control characters would let a server's text forge lines or drive the
// terminal; C1 controls arrive as C2 80 … C2 9F.
std::string without_controls(std::string_view text) {
  std::string clean;
  clean.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
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

std::string_view colour_of(log_level level) {
  switch (level) {
  case log_level::error:
    return "\x1b[31m";
  case log_level::warning:
    return "\x1b[33m";
  case log_level::info:
    return "\x1b[32m";
  default:
    return "\x1b[2m";
  }
}

} // namespace

std::string_view to_string(log_level level) noexcept {
  switch (level) {
  case log_level::trace:
    return "trace";
  case log_level::debug:
    return "debug";
  case log_level::info:
    return "info";
  case log_level::warning:
    return "warning";
  case log_level::error:
    return "error";
  }
  return "error";
}

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

std::string text_line(const log_entry& entry,
                      std::initializer_list<log_field> fields,
                      bool colours) {
  std::string line = rfc3339(entry.time);
  line += colours ? fmt::format(" {}{:<7}\x1b[0m ", colour_of(entry.level),
                                to_string(entry.level))
                  : fmt::format(" {:<7} ", to_string(entry.level));
  line += without_controls(legible(entry.message));
  for (const log_field& field : fields) {
    const std::string value = legible(field.text);
    const bool plain =
      !value.empty() && std::all_of(value.begin(), value.end(), is_plain);
    line += fmt::format(" {}={}", without_controls(legible(field.key)),
                        without_controls(plain ? value : in_quotes(value)));
  }
  return line;
}

std::string json_line(const log_entry& entry,
                      std::initializer_list<log_field> fields) {
  boost::json::object line;
  line["time"] = rfc3339(entry.time);
  line["level"] = to_string(entry.level);
  line["message"] = legible(entry.message);
  for (const log_field& field : fields) {
    std::string key = legible(field.key);
    if (key == "time" || key == "level" || key == "message") {
      key = "field." + key;
    }
    line[key] = legible(field.text);
  }
  return boost::json::serialize(line);
}

} // namespace pgmuster
