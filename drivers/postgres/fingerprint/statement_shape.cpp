#include "drivers/postgres/fingerprint/statement_shape.hpp"

#include "drivers/postgres/fingerprint/sql_tokens.hpp"
#include "drivers/postgres/fingerprint/utility_secrets.hpp"

#include <algorithm>
#include <array>

namespace pgmuster::postgres {

namespace {

using kind = shape_piece::kind;

/// After these a minus belongs to the number that follows.
constexpr std::array<std::string_view, 24> before_a_value{
  "select", "return", "returning", "then",   "else",  "when",
  "case",   "where",  "and",       "or",     "not",   "between",
  "like",   "ilike",  "in",        "values", "limit", "offset",
  "by",     "having", "on",        "from",   "to",    "default"};

/// Lists of values follow these.
constexpr std::array<std::string_view, 3> before_a_list{"in", "values",
                                                        "array"};

/// Statements that assign a bare word to a setting.
constexpr std::array<std::string_view, 3> may_set{"set", "alter", "create"};

class shaper {
public:
  explicit shaper(std::string_view query) : tokens_(query) {
    made_.pieces.reserve(query.size() / 5 + 1);
  }

  statement_shape run() && {
    while (const auto token = tokens_.next()) {
      add(*token);
    }
    made_.cut = tokens_.cut();
    return std::move(made_);
  }

private:
  void add(const sql_token& token) {
    const bool hidden = secrets_.hides(token);
    const bool of_set = setting_ == setting::valued && token.text != ";"
                        && secrets_.sets_to_the_end();
    if (hidden || of_set) {
      literal(token);
      return;
    }
    switch (token.is) {
    case sql_token::kind::string:
    case sql_token::kind::number:
    case sql_token::kind::parameter:
      literal(token);
      return;
    case sql_token::kind::quoted_name:
      // What does not end may hold anything.
      if (tokens_.cut()) {
        literal(token);
      } else {
        quoted_name(token);
      }
      return;
    case sql_token::kind::word:
      word(token);
      return;
    case sql_token::kind::sign:
      sign(token);
    }
  }

  void piece(kind is, const sql_token& token) {
    made_.pieces.push_back({is, token.text, token.spaced});
    opener_ = false;
  }

  void quoted_name(const sql_token& token) {
    piece(kind::quoted_name, token);
    if (setting_ == setting::value) {
      value_of_set();
    } else {
      name_of_set(token.text);
    }
  }

  void word(const sql_token& token) {
    const bool first = made_.pieces.empty() || last_is(";");
    if (first) {
      settable_ = is_one_of(token.text, may_set);
      setting_ = setting::none;
    }
    piece(kind::word, token);
    opener_ = is_one_of(token.text, before_a_list);
    if (in_list() && opens_query(token.text)) {
      lists_.back() = false;
    }
    if (settable_ && same_word(token.text, "set")) {
      setting_ = setting::opened;
    } else if (setting_ == setting::name && same_word(token.text, "to")) {
      setting_ = setting::value;
    } else if (setting_ == setting::value) {
      value_of_set();
    } else {
      name_of_set(token.text);
    }
  }

  /// `SET a`, `SET LOCAL a.b`; any other word shows that nothing is assigned.
  void name_of_set(std::string_view word) {
    const auto& all = made_.pieces;
    if (setting_ == setting::opened) {
      setting_ = same_word(word, "session") || same_word(word, "local")
                   ? setting::opened
                   : setting::name;
    } else if (setting_ == setting::valued
               || (setting_ == setting::name
                   && (all.size() < 2 || all[all.size() - 2].text != "."))) {
      setting_ = setting::none;
    }
  }

  [[nodiscard]] static bool opens_query(std::string_view word) noexcept {
    return same_word(word, "select") || same_word(word, "with");
  }

  /// A word that is the value of a setting is as good as a string.
  void value_of_set() {
    made_.pieces.back().is = kind::literal;
    made_.pieces.back().text = "?";
    setting_ = setting::valued;
    merge_literals();
  }

  void sign(const sql_token& token) {
    const char c = token.text.front();
    if (setting_ == setting::name) {
      setting_ = c == '='   ? setting::value
                 : c == '.' ? setting::name
                            : setting::none;
    } else if (setting_ == setting::valued) {
      // `SET a TO b, c`; whatever else follows is no value.
      setting_ = c == ',' || c == '.' || c == '-' || c == '/' || c == ':'
                   ? setting::value
                   : setting::none;
    }
    const bool opens_list =
      opener_ || follows_tuple()
      || (in_list() && (last_is("(") || last_is(",") || last_is("[")));
    piece(kind::sign, token);
    if (c == '(' || c == '[') {
      lists_.push_back(opens_list);
    } else if (c == ')' || c == ']') {
      if (!lists_.empty()) {
        merge_tuples(lists_.back());
        lists_.pop_back();
      }
    }
  }

  void literal(const sql_token& token) {
    bool spaced = token.spaced;
    if (token.is == sql_token::kind::number && has_own_sign()) {
      spaced = made_.pieces.back().spaced;
      made_.pieces.pop_back();
    }
    if (setting_ == setting::value) {
      setting_ = setting::valued;
    }
    made_.pieces.push_back({kind::literal, "?", spaced});
    opener_ = false;
    merge_literals();
  }

  /// The last piece is the sign of the number that follows it.
  [[nodiscard]] bool has_own_sign() const noexcept {
    const auto& all = made_.pieces;
    if (!last_is("-") && !last_is("+")) {
      return false;
    }
    if (all.size() == 1) {
      return true;
    }
    const auto& before = all[all.size() - 2];
    return before.is == kind::word
             ? is_one_of(before.text, before_a_value)
             : before.is == kind::sign && before.text != ")"
                 && before.text != "]";
  }

  /// `?` after `?` continues a string; `? , ?` in a list is one.
  void merge_literals() {
    auto& all = made_.pieces;
    const auto size = all.size();
    if (size >= 2 && all[size - 2].is == kind::literal) {
      all.pop_back();
    } else if ((in_list() || setting_ == setting::valued) && size >= 3
               && all[size - 3].is == kind::literal
               && (all[size - 2].text == "," || setting_ == setting::valued)) {
      all.resize(size - 2);
    }
  }

  /// `( ? ) , ( ? )` in a list is one.
  void merge_tuples(bool in_one) {
    const auto& all = made_.pieces;
    constexpr std::array<std::string_view, 7> tuples{"(", "?", ")", ",",
                                                     "(", "?", ")"};
    if (!in_one || all.size() < tuples.size()) {
      return;
    }
    const bool found =
      std::equal(tuples.begin(), tuples.end(), all.end() - tuples.size(),
                 [](std::string_view wanted, const shape_piece& one) {
                   return one.text == wanted;
                 });
    if (found) {
      made_.pieces.resize(all.size() - 4);
    }
  }

  [[nodiscard]] bool in_list() const noexcept {
    return !lists_.empty() && lists_.back();
  }
  [[nodiscard]] bool last_is(std::string_view text) const noexcept {
    return !made_.pieces.empty() && made_.pieces.back().text == text;
  }
  /// `… ? ) , (`: the next row of VALUES.
  [[nodiscard]] bool follows_tuple() const noexcept {
    const auto& all = made_.pieces;
    const auto size = all.size();
    return size >= 3 && all[size - 1].text == "," && all[size - 2].text == ")"
           && all[size - 3].is == kind::literal;
  }

  enum class setting : std::uint8_t {
    none,
    /// SET was read, no name yet.
    opened,
    /// The name was read, the sign after it not yet.
    name,
    /// What comes is the value.
    value,
    /// A value was read.
    valued
  };

  sql_tokens tokens_;
  utility_secrets secrets_;
  statement_shape made_;
  /// The last word opens a list of values.
  bool opener_ = false;
  /// Of each open bracket: it holds such a list.
  std::vector<bool> lists_;
  bool settable_ = false;
  setting setting_ = setting::none;
};

/// Blanks as a person would set them, whatever the statement had.
[[nodiscard]] bool blank_between(const shape_piece& before,
                                 const shape_piece& after) noexcept {
  const auto is_sign = [](const shape_piece& one, std::string_view signs) {
    return one.is == kind::sign
           && signs.find(one.text.front()) != std::string_view::npos;
  };
  if (is_sign(after, ",;)].") || is_sign(before, "([.")) {
    return false;
  }
  return is_sign(before, ",") || after.spaced;
}

} // namespace

statement_shape shape_of(std::string_view query) {
  return shaper{query}.run();
}

std::string shape_key(const statement_shape& shape) {
  std::string made;
  for (const auto& one : shape.pieces) {
    made.append(made.empty() ? 0 : 1, ' ');
    const auto from = made.size();
    made += one.text;
    if (one.is == kind::word) {
      std::transform(
        made.begin() + static_cast<std::ptrdiff_t>(from), made.end(),
        made.begin() + static_cast<std::ptrdiff_t>(from), lower_ascii);
    }
  }
  return made;
}

std::string lexical_shape(std::string_view query) {
  return shape_key(shape_of(query));
}

std::string shape_text(const statement_shape& shape) {
  std::string made;
  const shape_piece* before = nullptr;
  for (const auto& one : shape.pieces) {
    if (before != nullptr && blank_between(*before, one)) {
      made += ' ';
    }
    made += one.text;
    before = &one;
  }
  return made;
}

std::string parseable(std::string_view query, parameters_as parameters) {
  std::string made;
  made.reserve(query.size());
  sql_tokens tokens{query};
  // U&'…' UESCAPE '…': the second string goes with the first.
  bool swallows_escape = false;
  bool after_string = false;
  while (const auto token = tokens.next()) {
    if (token->is == sql_token::kind::word
        && same_word(token->text, "uescape")) {
      swallows_escape = true;
      continue;
    }
    if (token->spaced) {
      made += ' ';
    }
    const bool string = token->is == sql_token::kind::string;
    switch (token->is) {
    case sql_token::kind::string:
      made += swallows_escape || after_string ? "" : "''";
      break;
    case sql_token::kind::number:
      // `LIMIT.5` is two tokens.
      made.append(
        !made.empty() && made.back() != ' ' && token->text[0] == '.' ? 1 : 0,
        ' ');
      made += '1';
      break;
    case sql_token::kind::parameter:
      // `N$1` stands where `N'…'` did.
      made += parameters == parameters_as::strings ? std::string_view{"''"}
              : parameters == parameters_as::names
                ? std::string_view{"p"}
                : token->text.substr(token->text.find('$'));
      break;
    default:
      made += token->text;
    }
    swallows_escape = false;
    after_string = string;
  }
  return tokens.cut() ? std::string{} : made;
}

} // namespace pgmuster::postgres
