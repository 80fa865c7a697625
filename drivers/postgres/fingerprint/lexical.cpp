// The lexical rules of PostgreSQL, as far as literals and comments go.
#include "drivers/postgres/fingerprint/lexical.hpp"

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

[[nodiscard]] bool is_space(char c) noexcept {
  return c == ' ' || (c >= '\t' && c <= '\r');
}

[[nodiscard]] char lower(char c) noexcept {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

class scanner {
public:
  explicit scanner(std::string_view text) : text_(text) {
    made_.reserve(text.size());
  }

  std::string run() && {
    while (at_ < text_.size()) {
      step();
    }
    return std::move(made_);
  }

private:
  [[nodiscard]] char peek(std::size_t ahead = 0) const noexcept {
    return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0';
  }

  void step() {
    const char c = peek();
    if (is_space(c)) {
      ++at_;
    } else if (c == '-' && peek(1) == '-') {
      at_ = std::min(text_.find('\n', at_), text_.size());
    } else if (c == '/' && peek(1) == '*') {
      skip_comment();
    } else if (c == '\'') {
      skip_quoted('\'', false);
      literal();
    } else if (c == '"') {
      const auto from = at_;
      skip_quoted('"', false);
      emit(text_.substr(from, at_ - from));
    } else if (c == '$') {
      dollar();
    } else if (is_digit(c) || (c == '.' && is_digit(peek(1)))) {
      skip_number();
      literal();
    } else if (opens_word(c)) {
      word();
    } else {
      punctuation();
    }
  }

  /// Comments nest.
  void skip_comment() noexcept {
    int depth = 0;
    do {
      if (peek() == '/' && peek(1) == '*') {
        ++depth;
        at_ += 2;
      } else if (peek() == '*' && peek(1) == '/') {
        --depth;
        at_ += 2;
      } else {
        ++at_;
      }
    } while (depth > 0 && at_ < text_.size());
    at_ = std::min(at_, text_.size());
  }

  /// A doubled quote stands for itself; so does one after a backslash in E''.
  void skip_quoted(char quote, bool escapes) noexcept {
    for (++at_; at_ < text_.size(); ++at_) {
      if (escapes && peek() == '\\') {
        ++at_;
      } else if (peek() == quote && peek(1) == quote) {
        ++at_;
      } else if (peek() == quote) {
        ++at_;
        break;
      }
    }
    at_ = std::min(at_, text_.size());
  }

  /// `$1`, `$$…$$`, `$tag$…$tag$`, or a mere sign.
  void dollar() {
    auto end = at_ + 1;
    if (end < text_.size() && is_digit(text_[end])) {
      while (end < text_.size() && is_digit(text_[end])) {
        ++end;
      }
      at_ = end;
      literal();
      return;
    }
    while (end < text_.size()
           && (opens_word(text_[end]) || is_digit(text_[end]))) {
      ++end;
    }
    if (end == text_.size() || text_[end] != '$') {
      punctuation();
      return;
    }
    const auto tag = text_.substr(at_, end - at_ + 1);
    const auto close = text_.find(tag, end + 1);
    at_ = close == std::string_view::npos ? text_.size() : close + tag.size();
    literal();
  }

  void skip_number() noexcept {
    while (at_ < text_.size()) {
      const char c = lower(peek());
      if (c == 'e' && (peek(1) == '+' || peek(1) == '-')) {
        ++at_;
      } else if (!is_digit(c) && c != '.' && c != '_'
                 && !(c >= 'a' && c <= 'z')) {
        break;
      }
      ++at_;
    }
  }

  void word() {
    const auto from = at_;
    while (opens_word(peek()) || is_digit(peek()) || peek() == '$') {
      ++at_;
    }
    std::string made{text_.substr(from, at_ - from)};
    std::transform(made.begin(), made.end(), made.begin(), lower);
    if (peek() == '\'' && made.size() == 1
        && std::string_view{"ebxn"}.find(made[0]) != std::string_view::npos) {
      skip_quoted('\'', made[0] == 'e');
      literal();
      return;
    }
    emit(made);
    opener_ = made == "in" || made == "values" || made == "array";
  }

  void punctuation() {
    const char c = peek();
    ++at_;
    emit({&c, 1});
    if (c == '(' || c == '[') {
      list_ = opener_ || ends_with(") , (");
    } else if (c == ')' || c == ']') {
      list_ = false;
      drop_ending(" , ( ? )", "( ? ) , ( ? )");
    }
    opener_ = false;
  }

  void literal() {
    emit("?");
    if (list_) {
      drop_ending(" , ?", "? , ?");
    }
    opener_ = false;
  }

  void emit(std::string_view token) {
    made_.append(made_.empty() ? 0 : 1, ' ');
    made_ += token;
  }

  [[nodiscard]] bool ends_with(std::string_view tail) const noexcept {
    return std::string_view{made_}.ends_with(tail);
  }

  void drop_ending(std::string_view dropped, std::string_view condition) {
    if (ends_with(condition)) {
      made_.resize(made_.size() - dropped.size());
    }
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::string made_;
  /// The last word opens a list of values.
  bool opener_ = false;
  /// Inside such a list.
  bool list_ = false;
};

} // namespace

std::string lexical_shape(std::string_view query) {
  return scanner{query}.run();
}

} // namespace pgmuster::postgres
