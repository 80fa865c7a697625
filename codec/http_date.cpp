// All three forms hold the same words in two orders: split first, then look.
#include "codec/http_date.hpp"

#include <array>
#include <charconv>
#include <vector>

namespace pgmuster {
namespace {

std::vector<std::string_view> words_of(std::string_view text) {
  constexpr std::string_view separators = " ,-:\t";
  std::vector<std::string_view> words;
  while (words.size() < 9) {
    const std::size_t begin = text.find_first_not_of(separators);
    if (begin == std::string_view::npos) {
      break;
    }
    text.remove_prefix(begin);
    const std::string_view word =
      text.substr(0, text.find_first_of(separators));
    words.push_back(word);
    text.remove_prefix(word.size());
  }
  return words;
}

std::optional<int> whole(std::string_view word) {
  int value = 0;
  const char* const end = word.data() + word.size();
  const auto [at, failed] = std::from_chars(word.data(), end, value);
  if (failed != std::errc{} || at != end || value < 0) {
    return std::nullopt;
  }
  return value;
}

std::optional<int> month_of(std::string_view word) {
  constexpr std::array<std::string_view, 12> names = {
    "Jan", "Feb", "Mar", "Apr", "May", "Jun",
    "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  for (std::size_t at = 0; at < names.size(); ++at) {
    if (names.at(at) == word) {
      return static_cast<int>(at) + 1;
    }
  }
  return std::nullopt;
}

/// RFC 9110: a date that seems more than 50 years ahead is of the past century.
int full_year(int two_digits, wall_time now) {
  const std::chrono::year_month_day today{
    std::chrono::floor<std::chrono::days>(now)};
  const int this_year = static_cast<int>(today.year());
  const int year = this_year / 100 * 100 + two_digits;
  return year > this_year + 50 ? year - 100 : year;
}

} // namespace

std::optional<wall_time> parse_http_date(std::string_view text, wall_time now) {
  const std::vector<std::string_view> words = words_of(text);
  if (words.size() < 7) {
    return std::nullopt;
  }
  const bool asctime_form = month_of(words[1]).has_value();
  if (!asctime_form && (words.size() != 8 || words[7] != "GMT")) {
    return std::nullopt;
  }
  const std::size_t clock = asctime_form ? 3 : 4;
  const auto day = whole(words[asctime_form ? 2 : 1]);
  const auto month = month_of(words[asctime_form ? 1 : 2]);
  auto year = whole(words[asctime_form ? 6 : 3]);
  const auto hour = whole(words[clock]);
  const auto minute = whole(words[clock + 1]);
  const auto second = whole(words[clock + 2]);
  if (!day || !month || !year || !hour || !minute || !second || *hour > 23
      || *minute > 59 || *second > 60) {
    return std::nullopt;
  }
  if (!asctime_form && words[3].size() == 2) {
    year = full_year(*year, now);
  }
  // Beyond it, nanoseconds since 1970 do not fit into 64 bits.
  constexpr int last_year = 2261;
  const std::chrono::year_month_day date{
    std::chrono::year{*year}, std::chrono::month{static_cast<unsigned>(*month)},
    std::chrono::day{static_cast<unsigned>(*day)}};
  if (*year < 1970 || *year > last_year || !date.ok()) {
    return std::nullopt;
  }
  return wall_time{std::chrono::sys_days{date}} + std::chrono::hours{*hour}
         + std::chrono::minutes{*minute} + seconds{*second};
}

} // namespace pgmuster
