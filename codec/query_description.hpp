// What is known of a query's shape, whatever database speaks its language.
#pragma once

#include "config/attribute.hpp"

#include <cstdint>
#include <string>

namespace pgmuster {

/// Immutable once made; shared by all series of its shape.
struct query_description {
  std::uint64_t fingerprint = 0;
  /// The parser refused the text: the fingerprint is that of its words.
  bool lexical = false;
  /// Without literals and comments, on one line; may be cut, with a mark.
  std::string text;
  /// `SELECT`, `CREATE TABLE`, …
  std::string operation;
  /// As OpenTelemetry's `db.query.summary`.
  std::string summary;
  /// Of the statement's comments, those that are allowed.
  attributes tags;
};

} // namespace pgmuster
