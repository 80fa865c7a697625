// Looks at the outermost thing in an expression, then at what it is made of.
#include "loadtest/simulator/item_type.hpp"

#include <algorithm>
#include <array>
#include <cctype>

namespace pgmuster::loadtest {

namespace {

using found_type = std::optional<wire_type>;

struct known_word {
  std::string_view word;
  wire_type type;
};

/// Columns of tables that no probe lists as a need.
constexpr std::array<known_word, 11> columns = {
  {{"datname", wire_type::name},
   {"nspname", wire_type::name},
   {"relname", wire_type::name},
   {"rolname", wire_type::name},
   {"oid", wire_type::oid},
   {"system_identifier", wire_type::int8},
   {"timeline_id", wire_type::int4},
   {"datistemplate", wire_type::boolean},
   {"datallowconn", wire_type::boolean},
   {"idx_read", wire_type::int8},
   {"tidx_read", wire_type::int8}}};

/// The first one that the text begins with.
constexpr std::array<known_word, 23> functions = {
  {{"pg_stat_get_last_", wire_type::timestamptz},
   {"pg_stat_get_db_stat_reset_time", wire_type::timestamptz},
   {"pg_stat_get_total_", wire_type::float8},
   {"pg_stat_get_", wire_type::int8},
   {"pg_relation_size", wire_type::int8},
   {"pg_database_size", wire_type::int8},
   {"count", wire_type::int8},
   {"age", wire_type::int4},
   {"mxid_age", wire_type::int4},
   {"pg_is_", wire_type::boolean},
   {"pg_has_role", wire_type::boolean},
   {"has_", wire_type::boolean},
   {"clock_timestamp", wire_type::timestamptz},
   {"pg_postmaster_start_time", wire_type::timestamptz},
   {"pg_wal_lsn_diff", wire_type::numeric},
   {"current_setting", wire_type::text},
   {"current_database", wire_type::name},
   {"host", wire_type::text},
   {"left", wire_type::text},
   {"concat", wire_type::text},
   {"version", wire_type::text},
   {"pg_backend_pid", wire_type::int4},
   {"quote_ident", wire_type::text}}};

constexpr std::string_view catalog_schema = "pg_catalog.";

bool in_word(char letter) {
  return std::isalnum(static_cast<unsigned char>(letter)) != 0 || letter == '_';
}

/// The word that the text ends with, and only when `before` stands before it.
std::string_view last_word_after(std::string_view text,
                                 std::string_view before) {
  auto at = text.size();
  while (at > 0 && in_word(text[at - 1])) {
    --at;
  }
  return text.substr(0, at).ends_with(before) ? text.substr(at)
                                              : std::string_view{};
}

bool all_of_word(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), in_word);
}

/// `alias.column`: what the needs say about that column; else by its name.
found_type column_type(std::string_view text,
                       const probe_item& item,
                       const server_facts& facts) {
  const auto name = text.substr(text.find('.') + 1);
  for (const std::string_view need : item.needs) {
    const auto dot = need.find('.');
    if (dot != std::string_view::npos && need.substr(dot + 1) == name) {
      return facts.column(need.substr(0, dot), name);
    }
  }
  for (const auto& each : columns) {
    if (each.word == name) {
      return each.type;
    }
  }
  return std::nullopt;
}

/// What stands between the parenthesis at `open` and the one that closes it.
std::string_view inside(std::string_view text, std::size_t open) {
  int depth = 0;
  for (auto at = open; at < text.size(); ++at) {
    depth += text[at] == '(' ? 1 : text[at] == ')' ? -1 : 0;
    if (depth == 0) {
      return text.substr(open + 1, at - open - 1);
    }
  }
  return text.substr(open + 1);
}

/// The part of the text between two words.
std::string_view
between(std::string_view text, std::string_view from, std::string_view to) {
  const auto begun = text.find(from);
  if (begun == std::string_view::npos) {
    return {};
  }
  text.remove_prefix(begun + from.size());
  return text.substr(0, text.find(to));
}

/// The part stands in the text outside of its parentheses.
bool has_outside(std::string_view text, std::string_view part) {
  int depth = 0;
  for (std::size_t at = 0; at < text.size(); ++at) {
    depth += text[at] == '(' ? 1 : text[at] == ')' ? -1 : 0;
    if (depth == 0 && text.substr(at).starts_with(part)) {
      return true;
    }
  }
  return false;
}

/// A comparison, or several of them.
bool is_condition(std::string_view text) {
  if (text == "true" || text.ends_with(" IS NOT NULL")) {
    return true;
  }
  if (text.starts_with("CASE") || text.starts_with("(SELECT")) {
    return false;
  }
  return has_outside(text, " = '")
         || (text.starts_with('(') && has_outside(inside(text, 0), " AND "));
}

found_type type_of(std::string_view text,
                   const probe_item& item,
                   const server_facts& facts);

found_type function_type(std::string_view text,
                         const probe_item& item,
                         const server_facts& facts) {
  for (const auto& each : functions) {
    if (text.starts_with(each.word)) {
      return each.type;
    }
  }
  // Of the same type as what they are of.
  for (const std::string_view word : {"max(", "min(", "GREATEST("}) {
    if (text.starts_with(word)) {
      const auto of = inside(text, word.size() - 1);
      return type_of(of.substr(0, of.find(", ")), item, facts);
    }
  }
  return std::nullopt;
}

found_type type_of(std::string_view text,
                   const probe_item& item,
                   const server_facts& facts) {
  if (const auto cast = last_word_after(text, "::"); !cast.empty()) {
    return wire_type_named(cast);
  }
  if (is_condition(text)) {
    return wire_type::boolean;
  }
  if (has_outside(text, " || ")) {
    return wire_type::text;
  }
  if (text.starts_with("CASE WHEN ")) {
    return type_of(between(text, " THEN ", " END"), item, facts);
  }
  if (text.starts_with("(SELECT ")) {
    return type_of(between(text, "(SELECT ", " FROM "), item, facts);
  }
  if (const auto blank = text.find(' ');
      blank != std::string_view::npos && text.find('(') > blank) {
    return type_of(text.substr(0, blank), item, facts);
  }
  if (text.starts_with(catalog_schema)) {
    return function_type(text.substr(catalog_schema.size()), item, facts);
  }
  if (const auto word = function_type(text, item, facts); word) {
    return word;
  }
  if (text.starts_with("COALESCE(") || text.starts_with("NULLIF(")) {
    return type_of(inside(text, text.find('(')), item, facts);
  }
  if (all_of_word(text)
      && std::isdigit(static_cast<unsigned char>(text.front())) != 0) {
    return wire_type::int4;
  }
  return column_type(text, item, facts);
}

} // namespace

wire_type type_of_item(const probe_item& item,
                       const probe_definition& probe,
                       const server_facts& facts) {
  if (const auto found = type_of(item.expression, item, facts); found) {
    return *found;
  }
  switch (item.role) {
  case item_role::start:
    return wire_type::timestamptz;
  case item_role::metric:
    return probe.metrics[item.metric].real || item.milliseconds_to_microseconds
             ? wire_type::float8
             : wire_type::int8;
  case item_role::key:
  case item_role::rows_found:
    return wire_type::int8;
  case item_role::attribute:
  case item_role::field:
    break;
  }
  return wire_type::text;
}

} // namespace pgmuster::loadtest
