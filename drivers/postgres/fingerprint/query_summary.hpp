// What a statement does and to which tables, in a few words of low cardinality.
#pragma once

#include "drivers/postgres/fingerprint/statement_shape.hpp"

#include <cstddef>
#include <string>

namespace pgmuster::postgres {

struct query_words {
  /// `SELECT`, `INSERT`, `CREATE TABLE`, …; empty: the text says none.
  std::string operation;
  /// As OpenTelemetry's `db.query.summary`: each operation with its tables, as
  /// they come: `INSERT orders SELECT customers`.
  std::string summary;
};

/// What is longer is left out word by word, never cut inside one.
inline constexpr std::size_t summary_bytes_max = 255;

/// Names of common table expressions and functions are no tables.
[[nodiscard]] query_words words_of(const statement_shape& shape);

} // namespace pgmuster::postgres
