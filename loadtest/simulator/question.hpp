// Takes a probe's statement apart: whose it is, and the text of each item.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace pgmuster::loadtest {

struct question_item {
  /// Without its name and without `nullif(…, 0)` around it.
  std::string_view expression;
  /// After AS, without quotes; empty when there is none.
  std::string_view name;
  /// `nullif(…, 0)`: a zero is sent as null.
  bool zero_is_null = false;
  /// In the same `CASE WHEN … THEN ROW(item, …) END` as the item before: they
  /// are one value, null when all are 0.
  bool joins = false;
};

/// Views into the statement.
struct question_parts {
  /// From the marker comment.
  std::string_view probe;
  /// `SELECT ROW(item, …)`: one column of records.
  bool packed = false;
  /// `CASE WHEN known.digest IS NULL THEN ROW(item, …) END`, with a digest and
  /// what is gone beside it.
  bool by_digest = false;
  /// What the packed column is called.
  std::string_view packed_name;
  std::vector<question_item> items;
};

/// The word after `pgmuster:` in a comment that opens the statement; empty for
/// other statements.
[[nodiscard]] std::string_view marked_probe(std::string_view sql) noexcept;

/// Nothing when the statement is none of ours, or is no SELECT.
[[nodiscard]] std::optional<question_parts> take_apart(std::string_view sql);

} // namespace pgmuster::loadtest
