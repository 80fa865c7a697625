// A statement without its literals: the pieces that its fingerprint, its text
// and its summary are made from.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace pgmuster::postgres {

struct shape_piece {
  enum class kind : std::uint8_t { word, quoted_name, literal, sign };
  kind is = kind::sign;
  /// Of the statement; `?` for a literal.
  std::string_view text;
  /// Blanks or a comment stood before it.
  bool spaced = false;
};

/// Views into the statement, which must outlive it.
struct statement_shape {
  /// Without comments. Literals, parameters and the values of SET are `?`,
  /// signs of numbers are gone, and lists of them after IN, VALUES and ARRAY
  /// are one `?`.
  std::vector<shape_piece> pieces;
  /// The text ended inside a literal, a quoted name or a comment, or from some
  /// place on could not be told.
  bool cut = false;
};

/// Any bytes are taken.
[[nodiscard]] statement_shape shape_of(std::string_view query);

/// The pieces with one blank between, words in small letters: equal for equal
/// shapes.
[[nodiscard]] std::string shape_key(const statement_shape& shape);
/// `shape_key` of `shape_of`.
[[nodiscard]] std::string lexical_shape(std::string_view query);

/// For people: as it was written, without what `shape_of` takes out, on one
/// line. Any bytes of a name may be in it.
[[nodiscard]] std::string shape_text(const statement_shape& shape);

/// The server puts parameters where its own grammar does not take them: in
/// place of strings, and (17 and newer) of names of savepoints and statements.
enum class parameters_as : std::uint8_t { parameters, strings, names };

/// What a parser takes for the statement: each string is `''`, each number 1,
/// comments are gone. Empty if the text is cut.
[[nodiscard]] std::string parseable(std::string_view query,
                                    parameters_as parameters);

} // namespace pgmuster::postgres
