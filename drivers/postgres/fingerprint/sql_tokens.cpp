#include "drivers/postgres/fingerprint/sql_tokens.hpp"

#include <algorithm>

namespace pgmuster::postgres {

namespace {

[[nodiscard]] bool is_digit(char c) noexcept {
  return c >= '0' && c <= '9';
}

/// Letters, the underscore and all of UTF-8 beyond ASCII.
[[nodiscard]] bool opens_word(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'
         || (static_cast<unsigned char>(c) & 0x80U) != 0;
}

/// `N$1`: the server leaves the letter of `N'…'`.
[[nodiscard]] bool is_national_parameter(std::string_view word) noexcept {
  return word.size() > 2 && lower_ascii(word[0]) == 'n' && word[1] == '$'
         && std::all_of(word.begin() + 2, word.end(), is_digit);
}

} // namespace

bool is_sql_space(char c) noexcept {
  return c == ' ' || (c >= '\t' && c <= '\r') || c == '\0';
}

char lower_ascii(char c) noexcept {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool same_word(std::string_view word, std::string_view lower) noexcept {
  return word.size() == lower.size()
         && std::equal(word.begin(), word.end(), lower.begin(),
                       [](char a, char b) { return lower_ascii(a) == b; });
}

/// Comments nest.
void sql_tokens::skip_comment() noexcept {
  int depth = 0;
  do {
    if (at_ >= text_.size()) {
      skip_to_end();
      return;
    }
    if (peek() == '/' && peek(1) == '*') {
      ++depth;
      at_ += 2;
    } else if (peek() == '*' && peek(1) == '/') {
      --depth;
      at_ += 2;
    } else {
      ++at_;
    }
  } while (depth > 0);
}

bool sql_tokens::skip_blanks_and_comments() noexcept {
  const auto from = at_;
  while (at_ < text_.size()) {
    if (is_sql_space(peek())) {
      ++at_;
    } else if (peek() == '-' && peek(1) == '-') {
      at_ = std::min(text_.find_first_of("\n\r", at_), text_.size());
    } else if (peek() == '/' && peek(1) == '*') {
      skip_comment();
    } else {
      break;
    }
  }
  return at_ != from;
}

/// A doubled quote stands for itself.
void sql_tokens::skip_plain_string() noexcept {
  const auto from = at_;
  for (++at_; at_ < text_.size(); ++at_) {
    if (peek() == '\\') {
      std::size_t backslashes = 0;
      while (peek(backslashes) == '\\') {
        ++backslashes;
      }
      at_ += backslashes;
      const bool the_escape = after_escape_ && backslashes == 1
                              && at_ == from + 2 && peek() == '\''
                              && peek(1) != '\'';
      if (peek() == '\'' && backslashes % 2 == 1 && !the_escape) {
        skip_to_end();
        return;
      }
      if (at_ >= text_.size()) {
        break;
      }
    }
    if (peek() == '\'' && peek(1) == '\'') {
      ++at_;
    } else if (peek() == '\'') {
      ++at_;
      return;
    }
  }
  skip_to_end();
}

/// A backslash takes the next byte with it.
void sql_tokens::skip_escape_string() noexcept {
  for (++at_; at_ < text_.size(); ++at_) {
    if (peek() == '\\' || (peek() == '\'' && peek(1) == '\'')) {
      ++at_;
    } else if (peek() == '\'') {
      ++at_;
      return;
    }
  }
  skip_to_end();
}

void sql_tokens::skip_quoted_name() noexcept {
  for (++at_; at_ < text_.size(); ++at_) {
    if (peek() == '"' && peek(1) == '"') {
      ++at_;
    } else if (peek() == '"') {
      ++at_;
      return;
    }
  }
  skip_to_end();
}

void sql_tokens::skip_number() noexcept {
  while (at_ < text_.size()) {
    const char c = lower_ascii(peek());
    if (c == 'e' && (peek(1) == '+' || peek(1) == '-')) {
      ++at_;
    } else if (!is_digit(c) && c != '.' && !opens_word(c)) {
      break;
    }
    ++at_;
  }
}

/// ‘ ’ ‚ ‛ “ ” „ ‟ of UTF-8: what a word processor makes of quotes.
bool sql_tokens::at_typographic_quote() const noexcept {
  const auto last = static_cast<unsigned char>(peek(2));
  return peek() == '\xE2' && peek(1) == '\x80' && last >= 0x98U
         && last <= 0x9FU;
}

/// To the next one of them. The server takes it for a name, whoever wrote it
/// did not.
void sql_tokens::skip_typographic_string() noexcept {
  at_ += 3;
  while (at_ < text_.size() && !at_typographic_quote()) {
    ++at_;
  }
  at_ < text_.size() ? static_cast<void>(at_ += 3) : skip_to_end();
}

/// `$1`, `$$…$$`, `$tag$…$tag$`, or a mere sign.
sql_token::kind sql_tokens::skip_dollar() noexcept {
  auto end = at_ + 1;
  if (end < text_.size() && is_digit(text_[end])) {
    while (end < text_.size() && is_digit(text_[end])) {
      ++end;
    }
    at_ = end;
    return sql_token::kind::parameter;
  }
  while (end < text_.size()
         && (opens_word(text_[end]) || is_digit(text_[end]))) {
    ++end;
  }
  if (end == text_.size() || text_[end] != '$') {
    ++at_;
    return sql_token::kind::sign;
  }
  const auto tag = text_.substr(at_, end - at_ + 1);
  const auto close = text_.find(tag, end + 1);
  if (close == std::string_view::npos) {
    skip_to_end();
  } else {
    at_ = close + tag.size();
  }
  return sql_token::kind::string;
}

/// A word, or a string or a name that a letter opens.
sql_token::kind sql_tokens::skip_word() noexcept {
  const char first = lower_ascii(peek());
  if (peek(1) == '\''
      && (first == 'e' || first == 'b' || first == 'x' || first == 'n')) {
    ++at_;
    first == 'e' ? skip_escape_string() : skip_plain_string();
    return sql_token::kind::string;
  }
  if (first == 'u' && peek(1) == '&' && (peek(2) == '\'' || peek(2) == '"')) {
    const bool name = peek(2) == '"';
    at_ += 2;
    name ? skip_quoted_name() : skip_plain_string();
    return name ? sql_token::kind::quoted_name : sql_token::kind::string;
  }
  if (at_typographic_quote()) {
    skip_typographic_string();
    return sql_token::kind::string;
  }
  const auto from = at_;
  while ((opens_word(peek()) || is_digit(peek()) || peek() == '$')
         && !at_typographic_quote()) {
    ++at_;
  }
  return is_national_parameter(text_.substr(from, at_ - from))
           ? sql_token::kind::parameter
           : sql_token::kind::word;
}

sql_token::kind sql_tokens::skip_token() noexcept {
  const char c = peek();
  if (c == '\'') {
    skip_plain_string();
    return sql_token::kind::string;
  }
  if (c == '"') {
    skip_quoted_name();
    return sql_token::kind::quoted_name;
  }
  if (c == '$') {
    return skip_dollar();
  }
  if (is_digit(c) || (c == '.' && is_digit(peek(1)))) {
    skip_number();
    return sql_token::kind::number;
  }
  if (opens_word(c)) {
    return skip_word();
  }
  ++at_;
  return sql_token::kind::sign;
}

std::optional<sql_token> sql_tokens::next() noexcept {
  sql_token made;
  made.spaced = skip_blanks_and_comments();
  if (at_ >= text_.size()) {
    return std::nullopt;
  }
  const auto from = at_;
  made.is = skip_token();
  made.text = text_.substr(from, at_ - from);
  after_escape_ =
    made.is == sql_token::kind::word && same_word(made.text, "escape");
  return made;
}

} // namespace pgmuster::postgres
