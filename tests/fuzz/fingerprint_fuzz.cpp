// Any text of a statement has a fingerprint and a description, the same each
// time; and what stands in a literal or a comment is in none of them, whatever
// is around it and wherever the text is cut.
#include "drivers/postgres/fingerprint/comment_tags.hpp"
#include "drivers/postgres/fingerprint/fingerprint.hpp"
#include "drivers/postgres/fingerprint/query_summary.hpp"
#include "drivers/postgres/fingerprint/sql_tokens.hpp"
#include "drivers/postgres/fingerprint/statement_shape.hpp"
#include "tests/fuzz/demand.hpp"

#include <algorithm>
#include <array>

namespace {

using pgmuster::fuzz::demand;
namespace postgres = pgmuster::postgres;

/// A parser's memory grows with the tree; a text of a server has at most
/// track_activity_query_size bytes.
constexpr std::size_t parsed_bytes_max = 4'096;

constexpr std::string_view marker = "zqpl4nt3d";

constexpr std::array<std::string_view, 9> hiding_places{
  "'zqpl4nt3d'",         "E'\\'zqpl4nt3d'",     "$$zqpl4nt3d$$",
  "$a$ $ zqpl4nt3d$a$",  "/* ' zqpl4nt3d */",   "-- zqpl4nt3d '",
  "U&'\\0441zqpl4nt3d'", "'''zqpl4nt3d'' \" '", "/*/**/zqpl4nt3d*/"};

void demand_nothing_planted(std::string_view text) {
  const auto shape = postgres::shape_of(text);
  const auto words = postgres::words_of(shape);
  const auto told =
    postgres::shape_text(shape) + postgres::shape_key(shape) + words.operation
    + words.summary
    + postgres::parseable(text, postgres::parameters_as::strings);
  demand(told.find(marker) == std::string::npos, "nothing planted is told");
}

/// The first byte says where it is hidden and the second where that is put.
void plant(std::string_view input) {
  std::string folded{input};
  std::transform(folded.begin(), folded.end(), folded.begin(),
                 postgres::lower_ascii);
  if (input.size() < 3 || folded.find(marker) != std::string::npos) {
    return;
  }
  const auto place = hiding_places.at(static_cast<std::uint8_t>(input[0])
                                      % hiding_places.size());
  const auto rest = input.substr(2);
  const auto before =
    rest.substr(0, static_cast<std::uint8_t>(input[1]) % (rest.size() + 1));
  // Within a literal that was open before, it would end that.
  if (postgres::shape_of(before).cut) {
    return;
  }
  std::string text{before};
  (text += '\n') += place;
  (text += '\n') += rest.substr(before.size());
  demand_nothing_planted(text);
  const auto from = before.size() + 1;
  for (auto length = from; length < from + place.size(); ++length) {
    demand_nothing_planted(std::string_view{text}.substr(0, length));
  }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data,
                                      std::size_t size) {
  const std::string text{reinterpret_cast<const char*>(data), size};
  const auto shape = postgres::lexical_shape(text);
  demand(shape.size() <= 2 * text.size() + 1, "a shape is bounded");
  demand(shape == postgres::lexical_shape(" \n" + text),
         "blanks before do not matter");
  plant(text);
  if (size <= parsed_bytes_max) {
    const std::array<std::string, 1> tags{"a"};
    const auto first = postgres::describe_query(text, tags);
    const auto second = postgres::fingerprint_of(text);
    demand(first.fingerprint == second.value && first.lexical == second.lexical,
           "the same text has the same fingerprint");
    demand(first.text.size() <= 2 * text.size() + 1, "a text is bounded");
    demand(first.summary.size()
             <= std::max(postgres::summary_bytes_max, first.operation.size()),
           "a summary is bounded");
  }
  return 0;
}
