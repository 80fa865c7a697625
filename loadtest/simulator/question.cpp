// One pass over the text that knows quotes and parentheses, no more.
#include "loadtest/simulator/question.hpp"

#include <array>
#include <cctype>

namespace pgmuster::loadtest {

namespace {

constexpr std::string_view marker = "/* pgmuster:";
constexpr std::array<std::string_view, 4> list_ends = {"FROM", "WHERE", "GROUP",
                                                       "ORDER"};

bool blank(char letter) {
  return std::isspace(static_cast<unsigned char>(letter)) != 0;
}

bool in_word(char letter) {
  return std::isalnum(static_cast<unsigned char>(letter)) != 0 || letter == '_';
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && blank(text.front())) {
    text.remove_prefix(1);
  }
  while (!text.empty() && blank(text.back())) {
    text.remove_suffix(1);
  }
  return text;
}

/// The word at the front, and no longer one.
bool begins_with_word(std::string_view text, std::string_view word) {
  return text.starts_with(word)
         && (text.size() == word.size() || !in_word(text[word.size()]));
}

/// Follows a text letter by letter and knows whether it stands at its outer
/// level.
class outline {
public:
  explicit outline(std::string_view text) : text_(text) {}

  [[nodiscard]] bool done() const { return at_ >= text_.size(); }
  [[nodiscard]] std::size_t at() const { return at_; }
  [[nodiscard]] bool outer() const { return depth_ == 0 && quote_ == 0; }
  [[nodiscard]] bool at_word() const {
    return outer() && in_word(text_[at_])
           && (at_ == 0 || !in_word(text_[at_ - 1]));
  }
  void next() {
    const char letter = text_[at_++];
    if (quote_ != 0) {
      quote_ = letter == quote_ ? '\0' : quote_;
    } else if (letter == '\'' || letter == '"') {
      quote_ = letter;
    } else if (letter == '(' || letter == '[') {
      ++depth_;
    } else if (letter == ')' || letter == ']') {
      --depth_;
    }
  }

private:
  std::string_view text_;
  std::size_t at_ = 0;
  int depth_ = 0;
  char quote_ = 0;
};

/// Takes the select list, without what follows it.
std::string_view select_list(std::string_view text) {
  for (outline here{text}; !here.done(); here.next()) {
    if (!here.at_word()) {
      continue;
    }
    for (const auto word : list_ends) {
      if (begins_with_word(text.substr(here.at()), word)) {
        return text.substr(0, here.at());
      }
    }
  }
  return text;
}

std::vector<std::string_view> split_at_commas(std::string_view text) {
  std::vector<std::string_view> parts;
  std::size_t begun = 0;
  for (outline here{text}; !here.done(); here.next()) {
    if (here.outer() && text[here.at()] == ',') {
      parts.push_back(trimmed(text.substr(begun, here.at() - begun)));
      begun = here.at() + 1;
    }
  }
  parts.push_back(trimmed(text.substr(begun)));
  return parts;
}

/// Parts `expression AS name`.
question_item named(std::string_view text) {
  question_item made;
  made.expression = text;
  for (outline here{text}; !here.done(); here.next()) {
    if (here.at_word() && begins_with_word(text.substr(here.at()), "AS")) {
      made.expression = trimmed(text.substr(0, here.at()));
      made.name = trimmed(text.substr(here.at() + 2));
    }
  }
  if (made.name.size() > 1 && made.name.front() == '"') {
    made.name = made.name.substr(1, made.name.size() - 2);
  }
  return made;
}

void without_nullif(question_item& item) {
  constexpr std::string_view opening = "nullif(";
  constexpr std::string_view closing = ", 0)";
  if (item.expression.starts_with(opening)
      && item.expression.ends_with(closing)) {
    item.expression.remove_prefix(opening.size());
    item.expression.remove_suffix(closing.size());
    item.expression = trimmed(item.expression);
    item.zero_is_null = true;
  }
}

/// `CASE WHEN … THEN ROW(item, …) END`: its items; else none.
std::vector<std::string_view> items_of_part(std::string_view text) {
  constexpr std::string_view opening = "CASE WHEN ";
  constexpr std::string_view before = " THEN ROW(";
  constexpr std::string_view closing = ") END";
  const auto row = text.find(before);
  if (!text.starts_with(opening) || !text.ends_with(closing)
      || row == std::string_view::npos) {
    return {};
  }
  text.remove_prefix(row + before.size());
  text.remove_suffix(closing.size());
  return split_at_commas(text);
}

void append_items(std::string_view text, std::vector<question_item>& into) {
  auto parts = items_of_part(text);
  if (parts.empty()) {
    parts.push_back(text);
  }
  for (const auto part : parts) {
    into.push_back(named(part));
    without_nullif(into.back());
    into.back().joins = part.data() != parts.front().data();
  }
}

/// False when it does not depend on what is known.
bool without_case(std::string_view& expression) {
  constexpr std::string_view opening = "CASE WHEN known.digest IS NULL THEN ";
  constexpr std::string_view closing = " END";
  if (!expression.starts_with(opening) || !expression.ends_with(closing)) {
    return false;
  }
  expression.remove_prefix(opening.size());
  expression.remove_suffix(closing.size());
  return true;
}

} // namespace

std::string_view marked_probe(std::string_view sql) noexcept {
  if (!sql.starts_with(marker)) {
    return {};
  }
  sql.remove_prefix(marker.size());
  const auto end = sql.find(" */");
  return end == std::string_view::npos ? std::string_view{}
                                       : sql.substr(0, end);
}

std::optional<question_parts> take_apart(std::string_view sql) {
  question_parts made;
  made.probe = marked_probe(sql);
  if (made.probe.empty()) {
    return std::nullopt;
  }
  sql = trimmed(sql.substr(sql.find("*/") + 2));
  if (!begins_with_word(sql, "SELECT")) {
    return std::nullopt;
  }
  auto parts = split_at_commas(trimmed(select_list(sql.substr(6))));
  auto whole = named(parts.front());
  made.by_digest = parts.size() == 3 && parts.back().ends_with(" AS gone")
                   && without_case(whole.expression);
  if ((parts.size() == 1 || made.by_digest)
      && whole.expression.starts_with("ROW(")
      && whole.expression.ends_with(')')) {
    made.packed = true;
    made.packed_name = whole.name.empty() ? "row" : whole.name;
    parts =
      split_at_commas(whole.expression.substr(4, whole.expression.size() - 5));
  }
  for (const auto part : parts) {
    append_items(part, made.items);
  }
  return made;
}

} // namespace pgmuster::loadtest
