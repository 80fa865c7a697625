// How a wall time is written for people and programs: RFC 3339, always in UTC.
#include "drivers/logging/rfc3339.hpp"

#include <fmt/format.h>

#include <cstddef>
#include <cstdint>

namespace pgmuster {

namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;

// Reads exactly `digits` digits at `at`; -1 if there is anything else.
int digits_at(std::string_view text, std::size_t at, std::size_t digits) {
  int value = 0;
  for (std::size_t i = at; i < at + digits; ++i) {
    if (i >= text.size() || text[i] < '0' || text[i] > '9') {
      return -1;
    }
    value = value * 10 + (text[i] - '0');
  }
  return value;
}

// `.digits` before the final Z as nanoseconds.
std::optional<nanoseconds> parse_fraction(std::string_view text) {
  if (text.empty()) {
    return nanoseconds{0};
  }
  constexpr std::size_t digits_max = 9;
  if (text.front() != '.' || text.size() < 2 || text.size() > digits_max + 1) {
    return std::nullopt;
  }
  std::int64_t value = 0;
  for (std::size_t i = 1; i <= digits_max; ++i) {
    const int digit = i < text.size() ? digits_at(text, i, 1) : 0;
    if (digit < 0) {
      return std::nullopt;
    }
    value = value * 10 + digit;
  }
  return nanoseconds{value};
}

} // namespace

std::string rfc3339(wall_time when) {
  const auto day = std::chrono::floor<days>(when);
  const std::chrono::year_month_day date{day};
  const std::chrono::hh_mm_ss time{
    std::chrono::floor<milliseconds>(when - day)};
  return fmt::format(
    "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", static_cast<int>(date.year()),
    static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
    time.hours().count(), time.minutes().count(), time.seconds().count(),
    time.subseconds().count());
}

std::optional<wall_time> parse_rfc3339(std::string_view text) {
  constexpr std::string_view shape = "dddd-dd-ddTdd:dd:dd";
  if (text.size() <= shape.size() || text.back() != 'Z') {
    return std::nullopt;
  }
  for (std::size_t i = 0; i < shape.size(); ++i) {
    if (shape[i] == 'd' ? digits_at(text, i, 1) < 0 : text[i] != shape[i]) {
      return std::nullopt;
    }
  }
  const std::chrono::year_month_day date{
    std::chrono::year{digits_at(text, 0, 4)},
    std::chrono::month{static_cast<unsigned>(digits_at(text, 5, 2))},
    std::chrono::day{static_cast<unsigned>(digits_at(text, 8, 2))}};
  const int hour = digits_at(text, 11, 2);
  const int minute = digits_at(text, 14, 2);
  const int second = digits_at(text, 17, 2);
  const auto fraction =
    parse_fraction(text.substr(shape.size(), text.size() - shape.size() - 1));
  // A leap second (60) is taken as the first of the next minute.
  if (!date.ok() || hour > 23 || minute > 59 || second > 60 || !fraction) {
    return std::nullopt;
  }
  return wall_time{std::chrono::sys_days{date}} + hours{hour} + minutes{minute}
         + seconds{second} + *fraction;
}

} // namespace pgmuster
