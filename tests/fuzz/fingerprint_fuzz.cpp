// Any text of a statement has a fingerprint: by the parser or by its words,
// the same each time, and blanks before it do not matter.
#include "drivers/postgres/fingerprint/fingerprint.hpp"
#include "drivers/postgres/fingerprint/lexical.hpp"
#include "tests/fuzz/demand.hpp"

namespace {

using pgmuster::fuzz::demand;

/// A parser's memory grows with the tree; a text of a server has at most
/// track_activity_query_size bytes.
constexpr std::size_t parsed_bytes_max = 4'096;

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data,
                                      std::size_t size) {
  const std::string text{reinterpret_cast<const char*>(data), size};
  const auto shape = pgmuster::postgres::lexical_shape(text);
  demand(shape.size() <= 2 * text.size() + 1, "a shape is bounded");
  demand(shape == pgmuster::postgres::lexical_shape(" \n" + text),
         "blanks before do not matter");
  if (size <= parsed_bytes_max) {
    const auto first = pgmuster::postgres::fingerprint_of(text);
    const auto second = pgmuster::postgres::fingerprint_of(text);
    demand(first.value == second.value && first.lexical == second.lexical,
           "the same text has the same fingerprint");
  }
  return 0;
}
