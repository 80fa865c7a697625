// What the wire itself must know of an SQL text: where a statement ends, what
// it begins with, how many parameters it has. No more of its grammar.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace pgmuster::loadtest {

/// Takes the next statement off the front, without its semicolon, and without
/// blanks around it; nothing if only blanks and comments are left.
[[nodiscard]] std::optional<std::string_view>
take_statement(std::string_view& text) noexcept;

/// Kinds that the wire acts upon by itself.
enum class statement_kind : unsigned char {
  empty,
  other,
  begin,
  /// COMMIT and END.
  commit,
  /// ROLLBACK and ABORT of the whole transaction.
  rollback,
  set,
  copy,
  /// Both let go of prepared statements.
  deallocate,
  discard
};

[[nodiscard]] statement_kind kind_of(std::string_view statement) noexcept;

/// BEGIN or SET TRANSACTION … READ ONLY.
[[nodiscard]] bool says_read_only(std::string_view statement) noexcept;

/// Which one DEALLOCATE names; empty: ALL.
[[nodiscard]] std::string_view
deallocated_name(std::string_view statement) noexcept;

/// The largest n of the $n in the text.
[[nodiscard]] std::size_t parameter_count(std::string_view sql) noexcept;

/// `SET [SESSION | LOCAL] name { = | TO } value`.
struct setting_change {
  bool local = false;
  std::string_view name;
  /// Without quotes around it.
  std::string_view value;
};
[[nodiscard]] std::optional<setting_change>
setting_of(std::string_view statement) noexcept;

/// Letters of either case are the same.
[[nodiscard]] bool same_word(std::string_view left,
                             std::string_view right) noexcept;

} // namespace pgmuster::loadtest
