#include "drivers/postgres/fingerprint/query_summary.hpp"

#include "drivers/postgres/fingerprint/sql_tokens.hpp"

#include <algorithm>
#include <array>
#include <set>
#include <utility>

namespace pgmuster::postgres {

namespace {

using kind = shape_piece::kind;

constexpr std::array<std::string_view, 5> row_verbs{
  "select", "insert", "update", "delete", "merge"};

/// A name follows these, or one of the words that may stand before it.
constexpr std::array<std::string_view, 9> table_verbs{
  "truncate", "copy",    "vacuum", "analyze", "analyse",
  "lock",     "cluster", "call",   "reindex"};

/// Then comes what kind of thing it is.
constexpr std::array<std::string_view, 5> object_verbs{
  "create", "alter", "drop", "refresh", "import"};

/// What may stand between a verb and the thing's name or kind.
constexpr std::array<std::string_view, 20> fillers{
  "only",         "table",   "if",     "not",       "exists",
  "or",           "replace", "temp",   "temporary", "unlogged",
  "unique",       "full",    "freeze", "verbose",   "analyze",
  "concurrently", "global",  "local",  "recursive", "lateral"};

/// Kinds of which the one name says enough; others are told by kind alone.
constexpr std::array<std::string_view, 8> named_kinds{
  "table",    "index",     "view",   "sequence",
  "function", "procedure", "schema", "type"};

/// UPDATE beside these is no verb.
constexpr std::array<std::string_view, 12> no_verb{
  "for", "key",   "on",     "do",  "then",    "of",
  "or",  "after", "before", "set", "cascade", "no"};

/// FROM inside the brackets of these names no table.
constexpr std::array<std::string_view, 5> from_functions{
  "extract", "substring", "trim", "overlay", "position"};

/// Words that end a list of tables; any other may be an alias.
constexpr std::array<std::string_view, 24> after_tables{
  "where", "group",  "order",  "having", "limit",     "offset",
  "fetch", "for",    "union",  "except", "intersect", "window",
  "set",   "values", "select", "on",     "using",     "when",
  "join",  "inner",  "left",   "right",  "full",      "cross"};

template <std::size_t Count>
[[nodiscard]] bool
is_one_of(const shape_piece& piece,
          const std::array<std::string_view, Count>& words) noexcept {
  return piece.is == kind::word
         && std::any_of(words.begin(), words.end(), [&](std::string_view one) {
              return same_word(piece.text, one);
            });
}

[[nodiscard]] std::string upper(std::string_view word) {
  std::string made{word};
  std::transform(made.begin(), made.end(), made.begin(), [](char c) {
    return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  });
  return made;
}

/// Runs of two digits and more are `?`, as the parser's fingerprint has it: the
/// tables of a partitioned one are told as one.
void fold_digits(std::string& name) {
  std::string made;
  for (std::size_t i = 0; i < name.size();) {
    auto end = i;
    while (end < name.size() && name[end] >= '0' && name[end] <= '9') {
      ++end;
    }
    if (end - i >= 2) {
      made += '?';
      i = end;
    } else {
      made += name[i++];
    }
  }
  name = std::move(made);
}

class summariser {
public:
  explicit summariser(const statement_shape& shape) : all_(shape.pieces) {}

  query_words run() && {
    find_expressions();
    for (at_ = 0; at_ < all_.size(); ++at_) {
      step();
    }
    return std::move(made_);
  }

private:
  [[nodiscard]] bool is(std::size_t at, std::string_view word) const noexcept {
    return at < all_.size()
           && (all_[at].is == kind::word
                 ? same_word(all_[at].text, word)
                 : all_[at].is == kind::sign && all_[at].text == word);
  }
  [[nodiscard]] bool names(std::size_t at) const noexcept {
    return at < all_.size()
           && (all_[at].is == kind::word || all_[at].is == kind::quoted_name);
  }
  /// `name AS (`, `name (a, b) AS MATERIALIZED (` after WITH.
  void find_expressions() {
    const bool has_with =
      std::any_of(all_.begin(), all_.end(), [](const shape_piece& one) {
        return one.is == kind::word && same_word(one.text, "with");
      });
    for (std::size_t i = 1; has_with && i + 1 < all_.size(); ++i) {
      if (!is(i, "as")) {
        continue;
      }
      auto open = i + 1;
      open += is(open, "not") ? 1U : 0U;
      open += is(open, "materialized") ? 1U : 0U;
      auto name = i - 1;
      while (is(name, ")") && name > 0) {
        while (name > 0 && !is(name, "(")) {
          --name;
        }
        name -= name > 0 ? 1 : 0;
      }
      if (is(open, "(") && names(name)) {
        expressions_.insert(folded(all_[name]));
      }
    }
  }

  [[nodiscard]] static std::string folded(const shape_piece& piece) {
    std::string made{piece.text};
    if (piece.is == kind::word) {
      std::transform(made.begin(), made.end(), made.begin(), lower_ascii);
    }
    return made;
  }

  void step() {
    const auto& piece = all_[at_];
    if (piece.is == kind::sign) {
      if (piece.text == "(") {
        plain_from_.push_back(at_ == 0
                              || !is_one_of(all_[at_ - 1], from_functions));
      } else if (piece.text == ")" && !plain_from_.empty()) {
        plain_from_.pop_back();
      }
      return;
    }
    if (piece.is != kind::word) {
      return;
    }
    const bool first = at_ == 0 || is(at_ - 1, ";");
    if (first && is_one_of(piece, object_verbs)) {
      object();
    } else if (first && is_one_of(piece, table_verbs)) {
      verb(upper(piece.text));
      table(at_ + 1);
    } else if (is_one_of(piece, row_verbs) && verb_stands_here()) {
      verb(upper(piece.text));
    } else if (same_word(piece.text, "from") && names_tables()) {
      tables();
    } else if (same_word(piece.text, "join") || same_word(piece.text, "into")) {
      table(at_ + 1);
    } else if (first && !is_one_of(piece, row_verbs)
               && !same_word(piece.text, "with")) {
      verb(upper(piece.text));
    }
  }

  /// A verb, and not the UPDATE of FOR UPDATE or ON UPDATE.
  [[nodiscard]] bool verb_stands_here() {
    if (is(at_, "select")) {
      return true;
    }
    if (at_ > 0
        && (all_[at_ - 1].text == "." || is_one_of(all_[at_ - 1], no_verb))) {
      return false;
    }
    if (is(at_, "update")) {
      if (names(at_ + 1) && !is_one_of(all_[at_ + 1], no_verb)) {
        verb("UPDATE");
        tables();
      }
      return false;
    }
    return is(at_ + 1, "into") || is(at_ + 1, "from");
  }

  [[nodiscard]] bool names_tables() const noexcept {
    const bool plain = plain_from_.empty() || plain_from_.back();
    const auto& operation = made_.operation;
    const bool other = operation == "REVOKE" || operation == "FETCH"
                       || operation == "MOVE" || operation == "SET"
                       || (operation == "COPY" && plain_from_.empty());
    return plain && !other && at_ > 0 && !is(at_ - 1, "distinct");
  }

  void verb(const std::string& operation) {
    // Keywords are shorter: this is no statement.
    constexpr std::size_t longest = 64;
    if (operation.size() > longest) {
      return;
    }
    // Of WITH the verb that comes after it.
    if (made_.operation.empty() && (plain_from_.empty() || !is(0, "with"))) {
      made_.operation = operation;
    }
    pending_ = pending_.empty() || pending_ == operation
                 ? operation
                 : pending_ + " " + operation;
  }

  /// CREATE UNIQUE INDEX …: the verb, its kind and, for some, its name.
  void object() {
    auto at = at_ + 1;
    const auto is_filler = [&] {
      return names(at) && !is(at, "table") && is_one_of(all_[at], fillers);
    };
    while (is_filler()) {
      ++at;
    }
    if (is(at, "materialized") || is(at, "foreign")) {
      ++at;
    }
    if (!names(at) || all_[at].is != kind::word) {
      verb(upper(all_[at_].text));
      say("");
      return;
    }
    verb(upper(all_[at_].text) + " " + upper(all_[at].text));
    if (is_one_of(all_[at], named_kinds)) {
      table(at + 1, true);
    } else {
      say("");
    }
    at_ = at;
  }

  /// Of FROM and UPDATE: names with commas between, aliases left out.
  void tables() {
    auto at = at_ + 1;
    for (;;) {
      const auto after = table(at);
      if (after == at) {
        return;
      }
      at = after;
      at += is(at, "as") ? 1U : 0U;
      if (names(at) && !is_one_of(all_[at], after_tables)) {
        ++at;
      }
      if (!is(at, ",")) {
        return;
      }
      ++at;
    }
  }

  /// Says the name that begins at `at`; returns where it ends, or `at`.
  std::size_t table(std::size_t at, bool with_brackets = false) {
    const auto from = at;
    while (names(at) && is_one_of(all_[at], fillers)
           && (names(at + 1) || is(at + 1, "("))) {
      ++at;
    }
    if (!names(at) || is(at, "select") || is(at, "on")) {
      return from;
    }
    std::string name = folded(all_[at]);
    const bool expression = expressions_.count(name) > 0;
    ++at;
    while (is(at, ".") && names(at + 1)) {
      name += "." + folded(all_[at + 1]);
      at += 2;
    }
    const bool columns = is(from - 1, "into") || is(from - 1, "copy");
    const bool function =
      is(at, "(") && !with_brackets && !columns && !is(from - 1, "call");
    if (!expression && !function) {
      fold_digits(name);
      say(name);
    }
    return function ? from : at;
  }

  void say(const std::string& name) {
    auto words = std::exchange(pending_, "");
    if (!name.empty()) {
      words += (words.empty() ? "" : " ") + name;
    }
    const auto blank = made_.summary.empty() ? 0U : 1U;
    if (full_
        || made_.summary.size() + blank + words.size() > summary_bytes_max) {
      full_ = true;
      return;
    }
    made_.summary.append(blank, ' ').append(words);
  }

  const std::vector<shape_piece>& all_;
  std::size_t at_ = 0;
  query_words made_;
  /// An operation that no table was told of yet.
  std::string pending_;
  std::set<std::string> expressions_;
  /// Of each open bracket: FROM in it names tables.
  std::vector<bool> plain_from_;
  bool full_ = false;
};

} // namespace

query_words words_of(const statement_shape& shape) {
  auto made = summariser{shape}.run();
  if (made.summary.empty()) {
    made.summary = made.operation;
  }
  return made;
}

} // namespace pgmuster::postgres
