// What one line of the log looks like, as text and as JSON. Pure.
#pragma once

#include "config/configuration.hpp"
#include "config/time.hpp"

#include <initializer_list>
#include <string>
#include <string_view>

namespace pgmuster {

/// A named detail of a log line; both views live only as long as the call.
struct log_field {
  std::string_view key;
  std::string_view text;
};

/// What a line is made of, apart from its fields.
struct log_entry {
  log_level level = log_level::info;
  wall_time time{};
  std::string_view message;
};

[[nodiscard]] std::string_view to_string(log_level level) noexcept;

/// `2026-03-04T05:06:07.089Z info    message key=value key="a value"`, without
/// a newline at the end or inside. Colours the level where asked.
[[nodiscard]] std::string text_line(const log_entry& entry,
                                    std::initializer_list<log_field> fields,
                                    bool colours);

/// `{"time":…,"level":…,"message":…,key:value…}` on one line. A field named as
/// one of the first three becomes `field.<key>`.
[[nodiscard]] std::string json_line(const log_entry& entry,
                                    std::initializer_list<log_field> fields);

} // namespace pgmuster
