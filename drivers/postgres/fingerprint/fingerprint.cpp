// The parser's fingerprint where it can be had, else a hash of the words.
#include "drivers/postgres/fingerprint/fingerprint.hpp"

#include "drivers/postgres/fingerprint/lexical.hpp"

#include <pg_query.h>
#include <xxhash.h>

#include <memory>

namespace pgmuster::postgres {

namespace {

/// Longer texts are not worth a parse tree; the words are enough.
constexpr std::size_t parsed_bytes_max = 64 * 1024;

struct free_result {
  void operator()(PgQueryFingerprintResult* what) const noexcept {
    pg_query_free_fingerprint_result(*what);
  }
};

[[nodiscard]] fingerprint by_words(std::string_view query) {
  const auto shape = lexical_shape(query);
  return {XXH3_64bits(shape.data(), shape.size()), true};
}

} // namespace

// The parser's per-thread memory is left to the thread's end: freeing it by
// pg_query_exit() while other threads parse is not safe.
fingerprint fingerprint_of(std::string_view query) {
  if (query.size() > parsed_bytes_max
      || query.find('\0') != std::string_view::npos) {
    return by_words(query);
  }
  const std::string text{query};
  auto parsed = pg_query_fingerprint(text.c_str());
  const std::unique_ptr<PgQueryFingerprintResult, free_result> owner{&parsed};
  if (parsed.error != nullptr) {
    return by_words(query);
  }
  return {parsed.fingerprint, false};
}

} // namespace pgmuster::postgres
