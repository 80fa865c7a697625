// A statement is taken for small talk by its words alone; no SQL is parsed.
#include "tests/loadtest/simulator/wire/small_talk.hpp"

#include "loadtest/simulator/wire/sql_outline.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <utility>

namespace pgmuster::loadtest {

namespace {

/// What is longer is no small talk.
constexpr std::size_t sql_bytes_max = 200;
constexpr std::int64_t series_max = 1'000'000;
constexpr double sleep_seconds_max = 86'400;

const wire_column text_column{"?column?", 25, -1};
const wire_column int4_column{"?column?", 23, 4};
const wire_column void_column{"pg_sleep", 2278, 4};

void append_number(std::string& to, std::uint32_t value) {
  for (unsigned shift = 32; shift > 0; shift -= 8) {
    to.push_back(static_cast<char>(value >> (shift - 8)));
  }
}

/// One DataRow of one value.
void append_row(std::string& to, std::string_view value) {
  constexpr std::size_t beside_value = 4 + 2 + 4;
  to.push_back('D');
  append_number(to, static_cast<std::uint32_t>(beside_value + value.size()));
  to.append({'\0', '\1'});
  append_number(to, static_cast<std::uint32_t>(value.size()));
  to.append(value);
}

std::string int4(std::int64_t value, bool binary) {
  if (!binary) {
    return fmt::format("{}", value);
  }
  std::string made;
  append_number(made, static_cast<std::uint32_t>(value));
  return made;
}

template <class Number>
std::optional<Number> number_of(std::string_view text) {
  Number value{};
  const auto* const end = text.data() + text.size();
  const auto [stop, status] = std::from_chars(text.data(), end, value);
  return status == std::errc{} && stop == end ? std::optional{value}
                                              : std::nullopt;
}

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r\n");
  return first == text.npos
           ? std::string_view{}
           : text.substr(first, text.find_last_not_of(" \t\r\n;") - first + 1);
}

/// Steps over `word` and the blank behind it.
bool take(std::string_view& text, std::string_view word) {
  if (text.size() <= word.size()
      || !same_word(text.substr(0, word.size()), word)
      || text[word.size()] != ' ') {
    return false;
  }
  text = trimmed(text.substr(word.size()));
  return true;
}

/// What stands in the parentheses of `name(…)`.
std::optional<std::string_view> argument_of(std::string_view call,
                                            std::string_view name) {
  if (call.size() < name.size() + 2
      || !same_word(call.substr(0, name.size()), name)
      || call[name.size()] != '(' || call.back() != ')') {
    return std::nullopt;
  }
  call.remove_suffix(1);
  return trimmed(call.substr(name.size() + 1));
}

wire_answer tagged(std::string tag) {
  wire_answer made;
  made.command_tag = std::move(tag);
  return made;
}

wire_answer
one_value(wire_column column, std::string_view name, std::string_view value) {
  auto made = tagged("SELECT 1");
  column.name = name;
  made.columns.push_back(std::move(column));
  append_row(made.data_rows, value);
  return made;
}

std::optional<wire_answer> by_kind(std::string_view sql) {
  if (sql.empty()) {
    return wire_answer{};
  }
  switch (kind_of(sql)) {
  case statement_kind::empty:
    return wire_answer{};
  case statement_kind::begin:
    return tagged("BEGIN");
  case statement_kind::commit:
    return tagged("COMMIT");
  case statement_kind::rollback:
    return tagged("ROLLBACK");
  case statement_kind::set:
    return tagged("SET");
  case statement_kind::deallocate:
    return tagged(deallocated_name(sql).empty() ? "DEALLOCATE ALL"
                                                : "DEALLOCATE");
  case statement_kind::discard:
    return tagged("DISCARD ALL");
  case statement_kind::copy:
  case statement_kind::other:
    break;
  }
  return std::nullopt;
}

std::optional<wire_answer> series(std::string_view bounds, bool binary) {
  const auto comma = std::min(bounds.find(','), bounds.size());
  const auto from = number_of<std::int64_t>(trimmed(bounds.substr(0, comma)));
  const auto to =
    comma == bounds.size()
      ? std::nullopt
      : number_of<std::int64_t>(trimmed(bounds.substr(comma + 1)));
  if (!from || !to || *from < -series_max || *to > series_max) {
    return std::nullopt;
  }
  auto made = tagged(
    fmt::format("SELECT {}", std::max<std::int64_t>(0, *to - *from + 1)));
  made.columns.push_back(int4_column);
  made.columns.front().name = "generate_series";
  for (auto value = *from; value <= *to; ++value) {
    append_row(made.data_rows, int4(value, binary));
  }
  return made;
}

std::optional<wire_answer> pause_of(std::string_view argument) {
  const auto length = number_of<double>(argument);
  if (!length || !(*length >= 0) || *length > sleep_seconds_max) {
    return std::nullopt;
  }
  auto made = one_value(void_column, "pg_sleep", "");
  made.think_time = microseconds{static_cast<std::int64_t>(*length * 1e6)};
  return made;
}

std::optional<wire_answer> about_session(std::string_view what,
                                         const wire_question& question,
                                         std::int64_t backend_pid) {
  if (same_word(what, "pg_backend_pid()")) {
    return one_value(int4_column, "pg_backend_pid",
                     int4(backend_pid, question.binary));
  }
  if (same_word(what, "current_user") || same_word(what, "session_user")) {
    return one_value(text_column, what, question.user);
  }
  if (same_word(what, "current_database()")) {
    return one_value(text_column, "current_database", question.database);
  }
  return std::nullopt;
}

std::optional<wire_answer> select(std::string_view what,
                                  const wire_question& question,
                                  std::int64_t backend_pid) {
  if (const auto value = number_of<std::int32_t>(what); value) {
    return one_value(int4_column, "?column?", int4(*value, question.binary));
  }
  if (what.size() > 1 && what.front() == '\''
      && what.find('\'', 1) == what.size() - 1) {
    return one_value(text_column, "?column?", what.substr(1, what.size() - 2));
  }
  if ((what == "$1" || what == "$1::text")) {
    return one_value(text_column, "?column?",
                     question.parameters.empty() ? std::string_view{}
                                                 : question.parameters[0]);
  }
  if (const auto bounds = argument_of(what, "generate_series"); bounds) {
    return series(*bounds, question.binary);
  }
  if (const auto length = argument_of(what, "pg_sleep"); length) {
    return pause_of(*length);
  }
  return about_session(what, question, backend_pid);
}

std::optional<wire_answer> show(std::string_view what,
                                std::string_view version) {
  struct setting {
    std::string_view name;
    std::string_view value;
  };
  static constexpr std::array settings{
    setting{"client_encoding", "UTF8"},
    setting{"server_encoding", "UTF8"},
    setting{"timezone", "Etc/UTC"},
    setting{"datestyle", "ISO, MDY"},
    setting{"standard_conforming_strings", "on"},
  };
  std::string_view value;
  if (same_word(what, "server_version")) {
    value = version;
  }
  for (const auto& one : settings) {
    value = same_word(what, one.name) ? one.value : value;
  }
  if (value.empty()) {
    return std::nullopt;
  }
  auto made = one_value(text_column, what, value);
  made.command_tag = "SHOW";
  return made;
}

} // namespace

std::optional<wire_answer> small_talk::said(const wire_question& question,
                                            std::int64_t backend_pid) const {
  auto sql = trimmed(question.sql);
  if (sql.size() > sql_bytes_max || sql.starts_with('/')) {
    return std::nullopt;
  }
  if (auto plain = by_kind(sql); plain) {
    return plain;
  }
  if (take(sql, "show")) {
    return show(sql, version_);
  }
  if (!take(sql, "select")) {
    return std::nullopt;
  }
  return same_word(sql, "version()")
           ? one_value(text_column, "version",
                       fmt::format("PostgreSQL {} (simulated)", version_))
           : select(sql, question, backend_pid);
}

wire_answer small_talk::answer(const wire_question& question,
                               std::int64_t backend_pid,
                               wall_time /*now*/) {
  if (auto known = said(question, backend_pid); known) {
    return *std::move(known);
  }
  constexpr std::size_t quoted = 60;
  wire_answer unknown;
  unknown.sqlstate = "0A000";
  unknown.message =
    fmt::format("not simulated: {}", question.sql.substr(0, quoted));
  return unknown;
}

std::vector<wire_column> small_talk::describe(std::string_view sql) {
  wire_question question;
  question.sql = sql;
  if (auto known = said(question, 0); known) {
    return std::move(known->columns);
  }
  return {};
}

} // namespace pgmuster::loadtest
