// The identity of a query's shape, by the PostgreSQL parser.
#pragma once

#include "codec/query_description.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace pgmuster::postgres {

struct fingerprint {
  std::uint64_t value = 0;
  /// The parser refused the text; a lexical rule was used.
  bool lexical = false;
};

/// Never throws; any bytes are taken. 2–20 µs for usual texts. No literal has a
/// part in it, so it tells nothing of one.
[[nodiscard]] fingerprint fingerprint_of(std::string_view query);

/// What both kinds of fingerprint are made by; another version of it may give
/// other values for the same texts.
[[nodiscard]] std::string_view fingerprint_algorithm(bool lexical) noexcept;

/// Everything that is told of a statement. `tags`: the keys of its comments
/// that may be told. The text has no literal, and is not cut.
[[nodiscard]] query_description
describe_query(std::string_view query, std::span<const std::string> tags);

} // namespace pgmuster::postgres
