// Splits lines by a small scan that knows quotes; no SQL grammar.
#include "codec/catalog/probe_lines.hpp"

#include <algorithm>
#include <array>

namespace pgmuster::catalog {

namespace {

constexpr std::string_view blanks = " \t\r\n";

[[nodiscard]] bool is_lower(char c) noexcept {
  return c >= 'a' && c <= 'z';
}

[[nodiscard]] bool is_word(char c) noexcept {
  return is_lower(c) || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9')
         || c == '_';
}

/// Position after the quoted stretch that begins at `at`; npos: it never ends.
[[nodiscard]] std::size_t past_quotes(std::string_view text,
                                      std::size_t at) noexcept {
  const auto end = text.find(text[at], at + 1);
  return end == std::string_view::npos ? end : end + 1;
}

void add_once(std::vector<std::string>& list, std::string value) {
  if (std::find(list.begin(), list.end(), value) == list.end()) {
    list.push_back(std::move(value));
  }
}

} // namespace

std::string_view trimmed(std::string_view text) noexcept {
  const auto first = text.find_first_not_of(blanks);
  if (first == std::string_view::npos) {
    return {};
  }
  return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

split_line split(std::string_view line) noexcept {
  int depth = 0;
  bool balanced = true;
  std::size_t at = 0;
  while (at < line.size()) {
    const char c = line[at];
    if (c == '\'' || c == '"') {
      at = past_quotes(line, at);
      if (at == std::string_view::npos) {
        return {trimmed(line), {}, false};
      }
      continue;
    }
    if (line.substr(at, 2) == "--") {
      return {trimmed(line.substr(0, at)), trimmed(line.substr(at + 2)),
              balanced && depth == 0};
    }
    depth += c == '(' ? 1 : c == ')' ? -1 : 0;
    balanced = balanced && depth >= 0;
    ++at;
  }
  return {trimmed(line), {}, balanced && depth == 0};
}

std::vector<std::string_view> listed(std::string_view text) {
  constexpr std::string_view separators = " \t\r\n,";
  std::vector<std::string_view> words;
  for (auto at = text.find_first_not_of(separators);
       at != std::string_view::npos;) {
    const auto end = std::min(text.find_first_of(separators, at), text.size());
    words.push_back(text.substr(at, end - at));
    at = text.find_first_not_of(separators, end);
  }
  return words;
}

std::string_view next_word(std::string_view& text) noexcept {
  text = trimmed(text);
  const auto end = std::min(text.find_first_of(blanks), text.size());
  const auto word = text.substr(0, end);
  text.remove_prefix(end);
  return word;
}

bool plain_name(std::string_view text) noexcept {
  return !text.empty() && (is_lower(text[0]) || text[0] == '_')
         && std::all_of(text.begin(), text.end(), [](char c) {
              return is_word(c) && !(c >= 'A' && c <= 'Z');
            });
}

bool dotted_name(std::string_view text) noexcept {
  while (true) {
    const auto dot = text.find('.');
    const auto part = text.substr(0, dot);
    if (!plain_name(part) || part[0] == '_') {
      return false;
    }
    if (dot == std::string_view::npos) {
      return true;
    }
    text.remove_prefix(dot + 1);
  }
}

bool need_name(std::string_view text) noexcept {
  if (text.substr(0, 1) == "!") {
    text.remove_prefix(1);
  }
  if (text.size() > 2 && text.substr(text.size() - 2) == "()") {
    return plain_name(text.substr(0, text.size() - 2));
  }
  const auto dot = text.find('.');
  return plain_name(text.substr(0, dot))
         && (dot == std::string_view::npos || plain_name(text.substr(dot + 1)));
}

void add_implied_needs(std::string_view sql,
                       const alias_map& aliases,
                       needs_list& needs) {
  for (std::size_t at = 0; at < sql.size();) {
    if (sql[at] == '\'' || sql[at] == '"') {
      at = std::min(past_quotes(sql, at), sql.size());
      continue;
    }
    if (!is_word(sql[at])) {
      ++at;
      continue;
    }
    auto end = at;
    while (end < sql.size() && is_word(sql[end])) {
      ++end;
    }
    const auto found = aliases.find(sql.substr(at, end - at));
    const bool qualified = at > 0 && sql[at - 1] == '.';
    at = end;
    if (found == aliases.end() || qualified || end == sql.size()
        || sql[end] != '.') {
      continue;
    }
    while (++at < sql.size() && is_word(sql[at])) {
    }
    if (const auto column = sql.substr(end + 1, at - end - 1);
        plain_name(column)) {
      add_once(needs, found->second + "." + std::string{column});
    }
  }
}

bool one_relation(std::string_view tail) noexcept {
  constexpr std::size_t with_alias = 4;
  std::array<std::string_view, with_alias> words;
  std::size_t count = 0;
  for (auto word = next_word(tail); !word.empty(); word = next_word(tail)) {
    if (count == words.size() || word.find(',') < word.find('(')) {
      return false;
    }
    words[count++] = word;
  }
  return count == 2 || (count == with_alias && words[2] == "AS");
}

void add_extensions(std::string_view sql, std::vector<std::string>& names) {
  constexpr std::string_view mark = "{ext:";
  for (auto at = sql.find(mark); at != std::string_view::npos;
       at = sql.find(mark, at + 1)) {
    const auto from = at + mark.size();
    const auto end = sql.find('}', from);
    if (end != std::string_view::npos) {
      add_once(names, std::string{sql.substr(from, end - from)});
    }
  }
}

} // namespace pgmuster::catalog
