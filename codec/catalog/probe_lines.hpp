// How one line of a probe's file splits into SQL, comment and words.
#pragma once

#include "codec/catalog/probe_definition.hpp"

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace pgmuster::catalog {

struct split_line {
  /// Trimmed; empty for a line that is only a comment.
  std::string_view sql;
  /// What follows `--` outside of quotes, trimmed.
  std::string_view comment;
  /// Parentheses close as often as they open, and quotes end.
  bool balanced = true;
};

[[nodiscard]] split_line split(std::string_view line) noexcept;

[[nodiscard]] std::string_view trimmed(std::string_view text) noexcept;

/// Words between blanks and commas.
[[nodiscard]] std::vector<std::string_view> listed(std::string_view text);

/// Takes the next word off `text`; empty at the end.
[[nodiscard]] std::string_view next_word(std::string_view& text) noexcept;

/// `[a-z][a-z0-9_]*` parts joined by dots.
[[nodiscard]] bool dotted_name(std::string_view text) noexcept;

/// `[a-z_][a-z0-9_]*`.
[[nodiscard]] bool plain_name(std::string_view text) noexcept;

/// `relation`, `relation.column`, `function()`, or one of them after `!`.
[[nodiscard]] bool need_name(std::string_view text) noexcept;

/// Alias → relation.
using alias_map = std::map<std::string, std::string, std::less<>>;

/// Adds `relation.column` for each `alias.column` in the SQL outside of quotes.
void add_implied_needs(std::string_view sql,
                       const alias_map& aliases,
                       needs_list& needs);

/// Adds each name in `{ext:name}` that is not listed yet.
void add_extensions(std::string_view sql, std::vector<std::string>& names);

/// What is wrong with a file: line and words.
using complaints = std::vector<std::pair<std::size_t, std::string>>;

/// `FROM relation`, or with `AS alias`.
[[nodiscard]] bool one_relation(std::string_view tail) noexcept;

} // namespace pgmuster::catalog
