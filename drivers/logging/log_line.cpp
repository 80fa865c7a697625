// What one line of the log looks like, as text and as JSON. Pure.
#include "drivers/logging/log_line.hpp"

#include "drivers/logging/legible.hpp"
#include "drivers/logging/rfc3339.hpp"

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/string.hpp>
#include <fmt/format.h>

#include <algorithm>

namespace pgmuster {

namespace {

bool is_plain(char c) {
  return static_cast<unsigned char>(c) > 0x20U && c != '"' && c != '='
         && c != '\\' && c != 0x7F;
}

std::string in_quotes(std::string_view text) {
  return boost::json::serialize(boost::json::string{text});
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
