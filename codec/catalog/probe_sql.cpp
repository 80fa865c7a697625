// The statement that the lines make which a server can answer.
#include "codec/catalog/probe_sql.hpp"

#include "codec/catalog/probe_needs.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <span>

namespace pgmuster {

namespace catalog {

namespace {

[[nodiscard]] std::string with_schemas(std::string text,
                                       const probe_definition& probe,
                                       const server_shape& shape) {
  for (const auto& name : probe.extensions) {
    const auto mark = "{ext:" + name + "}";
    const auto found = shape.extensions.find(name);
    const auto schema =
      found == shape.extensions.end() ? "" : quoted(found->second.schema);
    for (auto at = text.find(mark); at != std::string::npos;
         at = text.find(mark, at + schema.size())) {
      text.replace(at, mark.size(), schema);
    }
  }
  return text;
}

[[nodiscard]] std::string item_sql(const probe_item& item) {
  return item.role == item_role::metric || item.role == item_role::start
           ? item.expression
           : item.expression + " AS " + quoted(item.name);
}

/// Hundreds of entries with dozens of columns, most of them 0 and nearly all
/// as they were: as one value a row they cost us a third, and a null costs the
/// server less than a 0 (docs/decisions/0006).
[[nodiscard]] std::string packed_sql(const probe_item& item) {
  return item.role == item_role::metric ? "nullif(" + item.expression + ", 0)"
                                        : item.expression;
}

/// One null instead of as many as there are items.
[[nodiscard]] std::string part_sql(const probe_definition& from,
                                   std::span<const std::size_t> items) {
  if (items.size() == 1) {
    return packed_sql(from.items[items.front()]);
  }
  std::string any;
  std::string values;
  for (const auto at : items) {
    const auto& item = from.items[at];
    any += (any.empty() ? "" : " OR ") + item.expression + " <> 0";
    values += (values.empty() ? "" : ", ") + packed_sql(item);
  }
  return "CASE WHEN " + any + " THEN ROW(" + values + ") END";
}

/// In SQL and in `sql_for_all`.
constexpr std::string_view known_digests = "$1::pg_catalog.int8[]";

[[nodiscard]] std::string select_list(const negotiated_probe& probe,
                                      const probe_item* digest) {
  const auto& from = *probe.definition;
  const char* separator = "\n  ";
  std::string sql;
  if (from.family != probe_family::accumulated) {
    for (const auto at : probe.items) {
      sql += separator + item_sql(from.items[at]);
      separator = "\n, ";
    }
    return sql;
  }
  sql =
    digest != nullptr ? " CASE WHEN known.digest IS NULL THEN ROW(" : " ROW(";
  std::span<const std::size_t> left{probe.items};
  for (const auto width : probe.widths) {
    sql += separator + part_sql(from, left.first(width));
    separator = "\n, ";
    left = left.subspan(width);
  }
  return sql
         + (digest != nullptr ? "\n) END AS entry\n, " + digest->expression
                                  + " AS digest\n, known.digest AS gone"
                              : "\n) AS entry");
}

/// The whole of the two sides' differences, in one look: entries that are not
/// known as they are, and known ones that are no more (docs/decisions/0024).
[[nodiscard]] std::string differences_sql(const probe_item& digest) {
  return fmt::format("\nFULL JOIN pg_catalog.unnest({0}) AS known(digest)"
                     "\n  ON known.digest = {1}"
                     "\nWHERE known.digest IS NULL OR {1} IS NULL",
                     known_digests, digest.expression);
}

/// `{text_bytes}` in a probe's text.
void settle(std::string& sql, const probe_settings& settings) {
  constexpr std::string_view mark = "{text_bytes}";
  const auto value = fmt::format("{}", settings.text_bytes.value());
  for (auto at = sql.find(mark); at != std::string::npos; at = sql.find(mark)) {
    sql.replace(at, mark.size(), value);
  }
}

} // namespace

std::string quoted(std::string_view identifier) {
  std::string made{"\""};
  for (const char c : identifier) {
    made.append(c == '"' ? 2 : 1, c);
  }
  return made + '"';
}

const probe_item* digest_of(const probe_definition& probe,
                            const server_shape& shape) {
  const auto& all = probe.digests;
  const auto found =
    std::find_if(all.begin(), all.end(),
                 [&](const probe_item& one) { return met(shape, one.needs); });
  return found == all.end() ? nullptr : &*found;
}

std::string statement_of(const negotiated_probe& probe,
                         const server_shape& shape,
                         const probe_settings& settings) {
  const auto& from = *probe.definition;
  const auto* const digest = digest_of(from, shape);
  auto sql =
    "/* pgmuster:" + from.name + " */ SELECT" + select_list(probe, digest);
  for (const auto& line : from.tail) {
    if (met(shape, line.needs)) {
      sql += "\n" + line.text;
    }
  }
  if (digest != nullptr) {
    sql += differences_sql(*digest);
  }
  if (from.limit > 0) {
    sql += fmt::format("\nORDER BY {}\nLIMIT {}", from.limit_order, from.limit);
  }
  sql = with_schemas(std::move(sql), from, shape);
  settle(sql, settings);
  return sql;
}

} // namespace catalog

std::string sql_for_all(const negotiated_probe& probe) {
  auto sql = probe.sql;
  if (const auto at = sql.find(catalog::known_digests);
      probe.by_digest && at != std::string::npos) {
    sql.replace(at, sizeof("$1") - 1, "'{}'");
  }
  return sql;
}

} // namespace pgmuster
