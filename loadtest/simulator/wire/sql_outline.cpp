// PostgreSQL's lexical rules (manual, 4.1) as far as quotes and comments go.
#include "loadtest/simulator/wire/sql_outline.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace pgmuster::loadtest {

namespace {

constexpr std::string_view blanks = " \t\r\n\f\v";

bool blank(char letter) noexcept {
  return blanks.find(letter) != blanks.npos;
}

char lower(char letter) noexcept {
  return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter + 32)
                                        : letter;
}

bool in_name(char letter) noexcept {
  const char small = lower(letter);
  return (small >= 'a' && small <= 'z') || (letter >= '0' && letter <= '9')
         || letter == '_' || static_cast<unsigned char>(letter) >= 0x80;
}

std::size_t end_of_block_comment(std::string_view text) noexcept {
  std::size_t depth = 0;
  for (std::size_t at = 0; at + 1 < text.size();) {
    const auto pair = text.substr(at, 2);
    depth += pair == "/*" ? 1U : 0U;
    depth -= pair == "*/" ? 1U : 0U;
    at += pair == "/*" || pair == "*/" ? 2U : 1U;
    if (depth == 0) {
      return at;
    }
  }
  return text.size();
}

std::size_t end_of_quotes(std::string_view text, bool escapes) noexcept {
  for (std::size_t at = 1; at < text.size(); ++at) {
    if (escapes && text[at] == '\\') {
      ++at;
    } else if (text[at] == text.front()) {
      // A doubled quote is the end of one part and the start of the next,
      // which comes to the same.
      return at + 1;
    }
  }
  return text.size();
}

/// `$tag$ … $tag$`; 1 if the dollar opens nothing.
std::size_t end_of_dollar_quotes(std::string_view text) noexcept {
  std::size_t at = 1;
  while (at < text.size() && in_name(text[at])) {
    ++at;
  }
  const bool number = text.size() > 1 && text[1] >= '0' && text[1] <= '9';
  if (at >= text.size() || text[at] != '$' || number) {
    return 1;
  }
  const auto tag = text.substr(0, at + 1);
  const auto end = text.find(tag, tag.size());
  return end == text.npos ? text.size() : end + tag.size();
}

/// How many bytes at the front belong together; 1 for a letter on its own.
/// `before`: the letter in front of them.
std::size_t length_of_piece(std::string_view text, char before) noexcept {
  if (text.starts_with("--")) {
    return std::min(text.find('\n'), text.size());
  }
  if (text.starts_with("/*")) {
    return end_of_block_comment(text);
  }
  switch (text.front()) {
  case '\'':
    return end_of_quotes(text, lower(before) == 'e');
  case '"':
    return end_of_quotes(text, false);
  case '$':
    return in_name(before) ? 1 : end_of_dollar_quotes(text);
  default:
    return 1;
  }
}

/// Steps over blanks and comments.
std::string_view past_blanks(std::string_view text) noexcept {
  while (!text.empty()) {
    const bool comment = text.starts_with("--") || text.starts_with("/*");
    if (!comment && !blank(text.front())) {
      break;
    }
    text.remove_prefix(comment ? length_of_piece(text, ' ') : 1);
  }
  return text;
}

std::string_view take_word(std::string_view& text) noexcept {
  text = past_blanks(text);
  std::size_t length = 0;
  while (length < text.size()
         && (in_name(text[length]) || text[length] == '.')) {
    ++length;
  }
  const auto word = text.substr(0, length);
  text.remove_prefix(length);
  return word;
}

struct opening {
  std::string_view word;
  statement_kind kind;
};
constexpr std::array openings{
  opening{"begin", statement_kind::begin},
  opening{"start", statement_kind::begin},
  opening{"commit", statement_kind::commit},
  opening{"end", statement_kind::commit},
  opening{"rollback", statement_kind::rollback},
  opening{"abort", statement_kind::rollback},
  opening{"set", statement_kind::set},
  opening{"copy", statement_kind::copy},
  opening{"deallocate", statement_kind::deallocate},
  opening{"discard", statement_kind::discard},
};

} // namespace

bool same_word(std::string_view left, std::string_view right) noexcept {
  return std::equal(left.begin(), left.end(), right.begin(), right.end(),
                    [](char a, char b) { return lower(a) == lower(b); });
}

std::optional<std::string_view>
take_statement(std::string_view& text) noexcept {
  for (;;) {
    std::size_t at = 0;
    while (at < text.size() && text[at] != ';') {
      at += length_of_piece(text.substr(at), at == 0 ? ' ' : text[at - 1]);
    }
    auto taken = text.substr(0, at);
    text.remove_prefix(std::min(at + 1, text.size()));
    if (!past_blanks(taken).empty()) {
      taken.remove_prefix(taken.find_first_not_of(blanks));
      return taken.substr(0, taken.find_last_not_of(blanks) + 1);
    }
    if (text.empty()) {
      return std::nullopt;
    }
  }
}

statement_kind kind_of(std::string_view statement) noexcept {
  const auto word = take_word(statement);
  if (word.empty() && past_blanks(statement).empty()) {
    return statement_kind::empty;
  }
  const auto* const found =
    std::find_if(openings.begin(), openings.end(),
                 [&](const opening& one) { return same_word(one.word, word); });
  if (found == openings.end()) {
    return statement_kind::other;
  }
  // ROLLBACK TO SAVEPOINT leaves the transaction open.
  auto second = take_word(statement);
  if (same_word(second, "work") || same_word(second, "transaction")) {
    second = take_word(statement);
  }
  return found->kind == statement_kind::rollback && same_word(second, "to")
           ? statement_kind::other
           : found->kind;
}

bool says_read_only(std::string_view statement) noexcept {
  std::string_view before;
  while (!statement.empty()) {
    const auto word = take_word(statement);
    if (same_word(before, "read") && same_word(word, "only")) {
      return true;
    }
    before = word;
    if (word.empty() && !statement.empty()) {
      statement.remove_prefix(1);
    }
  }
  return false;
}

std::string_view deallocated_name(std::string_view statement) noexcept {
  take_word(statement);
  auto name = take_word(statement);
  if (same_word(name, "prepare")) {
    name = take_word(statement);
  }
  if (name.empty()) {
    // In double quotes, which may hold anything but themselves here.
    statement = past_blanks(statement);
    const auto end = statement.find('"', 1);
    return statement.starts_with('"') ? statement.substr(1, end - 1)
                                      : std::string_view{};
  }
  return same_word(name, "all") ? std::string_view{} : name;
}

std::size_t parameter_count(std::string_view sql) noexcept {
  constexpr std::size_t parameters_max = 65'535;
  std::size_t largest = 0;
  for (std::size_t at = 0; at < sql.size();) {
    const char before = at == 0 ? ' ' : sql[at - 1];
    const bool dollar = sql[at] == '$' && !in_name(before);
    at += length_of_piece(sql.substr(at), before);
    std::size_t number = 0;
    while (dollar && at < sql.size() && sql[at] >= '0' && sql[at] <= '9') {
      number = std::min(number * 10 + static_cast<std::size_t>(sql[at++] - '0'),
                        parameters_max);
    }
    largest = std::max(largest, number);
  }
  return largest;
}

std::optional<setting_change> setting_of(std::string_view statement) noexcept {
  if (kind_of(statement) != statement_kind::set) {
    return std::nullopt;
  }
  take_word(statement);
  setting_change change;
  change.name = take_word(statement);
  if (same_word(change.name, "local") || same_word(change.name, "session")) {
    change.local = same_word(change.name, "local");
    change.name = take_word(statement);
  }
  statement = past_blanks(statement);
  if (statement.starts_with('=')) {
    statement.remove_prefix(1);
  } else if (!same_word(take_word(statement), "to")) {
    return std::nullopt;
  }
  statement = past_blanks(statement);
  change.value = statement.substr(0, statement.find_last_not_of(blanks) + 1);
  if (change.value.size() > 1 && change.value.front() == '\''
      && change.value.back() == '\'') {
    change.value = change.value.substr(1, change.value.size() - 2);
  }
  return change;
}

} // namespace pgmuster::loadtest
