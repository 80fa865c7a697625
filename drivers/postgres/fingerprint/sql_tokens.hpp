// PostgreSQL's lexical rules, as far as literals and comments go: where each
// token of a statement begins and ends.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace pgmuster::postgres {

struct sql_token {
  enum class kind : std::uint8_t {
    /// A keyword or a name.
    word,
    /// A name in double quotes.
    quoted_name,
    /// A string of any form: '', E'', U&'', N'', B'', X'', $$, and what stands
    /// between typographic quotes.
    string,
    number,
    /// `$1`, or `N$1` in place of `N'…'`.
    parameter,
    /// One byte of anything else.
    sign
  };
  kind is = kind::sign;
  std::string_view text;
  /// Blanks or a comment stand before it.
  bool spaced = false;
};

/// Goes over a statement token by token; comments are passed over. Any bytes
/// are taken. What does not end, ends with the text.
///
/// Whether a backslash escapes a quote in a plain string is a setting of the
/// session (standard_conforming_strings), so from a quote after an odd number
/// of backslashes on nobody knows what is a literal: the rest of the text is
/// taken for one.
class sql_tokens {
public:
  explicit sql_tokens(std::string_view text) noexcept : text_(text) {}

  /// Absent at the end.
  [[nodiscard]] std::optional<sql_token> next() noexcept;

  /// The text ended inside a literal, a quoted name or a comment, or from some
  /// place on could not be told.
  [[nodiscard]] bool cut() const noexcept { return cut_; }

private:
  [[nodiscard]] char peek(std::size_t ahead = 0) const noexcept {
    return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0';
  }
  [[nodiscard]] bool skip_blanks_and_comments() noexcept;
  void skip_comment() noexcept;
  void skip_to_end() noexcept {
    at_ = text_.size();
    cut_ = true;
  }
  void skip_plain_string() noexcept;
  void skip_escape_string() noexcept;
  void skip_quoted_name() noexcept;
  void skip_number() noexcept;
  [[nodiscard]] bool at_typographic_quote() const noexcept;
  void skip_typographic_string() noexcept;
  [[nodiscard]] sql_token::kind skip_dollar() noexcept;
  [[nodiscard]] sql_token::kind skip_word() noexcept;
  [[nodiscard]] sql_token::kind skip_token() noexcept;

  std::string_view text_;
  std::size_t at_ = 0;
  bool cut_ = false;
  /// The token before was the word ESCAPE.
  bool after_escape_ = false;
};

/// Blanks as the server's own lexer has them.
[[nodiscard]] bool is_sql_space(char c) noexcept;
/// ASCII letters alone, as names are folded in a UTF-8 database.
[[nodiscard]] char lower_ascii(char c) noexcept;
/// `lower` must be in small letters.
[[nodiscard]] bool same_word(std::string_view word,
                             std::string_view lower) noexcept;

/// `words` must be in small letters.
template <std::size_t Count>
[[nodiscard]] bool
is_one_of(std::string_view word,
          const std::array<std::string_view, Count>& words) noexcept {
  return std::any_of(words.begin(), words.end(), [&](std::string_view one) {
    return same_word(word, one);
  });
}

} // namespace pgmuster::postgres
