// The parser's fingerprint where it can be had, else a hash of the words.
#include "drivers/postgres/fingerprint/fingerprint.hpp"

#include "drivers/postgres/fingerprint/comment_tags.hpp"
#include "drivers/postgres/fingerprint/query_summary.hpp"
#include "drivers/postgres/fingerprint/statement_shape.hpp"

#include <pg_query.h>
#include <xxhash.h>

#include <optional>

namespace pgmuster::postgres {

namespace {

/// Longer texts are not worth a parse tree; the words are enough.
constexpr std::size_t parsed_bytes_max = 64 * 1024;

// The parser's per-thread memory is left to the thread's end: freeing it by
// pg_query_exit() while other threads parse is not safe.
[[nodiscard]] std::optional<std::uint64_t> parsed(const std::string& text) {
  auto outcome = pg_query_fingerprint(text.c_str());
  std::optional<std::uint64_t> made;
  if (outcome.error == nullptr) {
    made = outcome.fingerprint;
  }
  pg_query_free_fingerprint_result(outcome);
  return made;
}

/// The parser reads the statement without its literals: of utility statements
/// it takes them for a part of the shape.
[[nodiscard]] std::optional<std::uint64_t> by_parser(std::string_view query) {
  if (query.size() > parsed_bytes_max
      || query.find('\0') != std::string_view::npos) {
    return std::nullopt;
  }
  const auto text = parseable(query, parameters_as::parameters);
  if (text.empty()) {
    return std::nullopt;
  }
  auto made = parsed(text);
  for (const auto how : {parameters_as::strings, parameters_as::names}) {
    if (!made) {
      const auto without = parseable(query, how);
      made = without != text ? parsed(without) : std::nullopt;
    }
  }
  return made;
}

[[nodiscard]] fingerprint identify(std::string_view query,
                                   const statement_shape& shape) {
  if (!shape.cut) {
    if (const auto value = by_parser(query)) {
      return {*value, false};
    }
  }
  const auto words = shape_key(shape);
  return {XXH3_64bits(words.data(), words.size()), true};
}

} // namespace

fingerprint fingerprint_of(std::string_view query) {
  return identify(query, shape_of(query));
}

std::string_view fingerprint_algorithm(bool lexical) noexcept {
  return lexical ? "lexical/3" : "pg_query/" PG_MAJORVERSION;
}

query_description describe_query(std::string_view query,
                                 std::span<const std::string> tags) {
  const auto shape = shape_of(query);
  const auto identity = identify(query, shape);
  auto words = words_of(shape);
  query_description made;
  made.fingerprint = identity.value;
  made.lexical = identity.lexical;
  made.text = shape_text(shape);
  made.operation = std::move(words.operation);
  made.summary = std::move(words.summary);
  made.tags = comment_tags(query, tags);
  return made;
}

} // namespace pgmuster::postgres
