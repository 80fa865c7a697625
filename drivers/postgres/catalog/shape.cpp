// Asks a server what it has: extensions, columns, functions.
#include "drivers/postgres/catalog/catalog.hpp"

#include <fmt/format.h>

namespace pgmuster::postgres {

namespace {

enum column : std::size_t { kind, name, a, b, count };

/// The extension can be created without its library, and then each question to
/// it is an error in the server's log. Its settings tell; one that merely
/// stands in the configuration is no row here.
constexpr std::string_view library_is_missing =
  "e.extname = 'pg_stat_statements' AND NOT EXISTS (SELECT FROM "
  "pg_catalog.pg_settings AS g WHERE g.name = 'pg_stat_statements.max')";

/// Names pass the parser's `plain_name`, so that they need no escaping.
void append_quoted(std::string& list, std::string_view word) {
  list += list.empty() ? "" : ", ";
  list += fmt::format("'{}'", word);
}

} // namespace

std::string shape_sql(const probe_catalog& catalog) {
  std::string relations;
  std::string functions;
  for (const std::string_view needed : relations_needed(catalog)) {
    const auto paren = needed.find('(');
    append_quoted(paren == std::string_view::npos ? relations : functions,
                  needed.substr(0, paren));
  }
  // An extension's relation is told by its dependency, wherever it is; one of
  // the same name in a user's schema is not taken for it.
  return fmt::format(
    R"(/* pgmuster:shape */ SELECT CASE WHEN NOT pg_catalog.has_schema_privilege(n.oid, 'USAGE') THEN 'closed' WHEN {} THEN 'unloaded' ELSE 'extension' END, e.extname::text, e.extversion, n.nspname::text
FROM pg_catalog.pg_extension AS e
JOIN pg_catalog.pg_namespace AS n ON n.oid = e.extnamespace
UNION ALL
SELECT 'column', c.relname::text, t.attname::text, NULL
FROM pg_catalog.pg_class AS c
JOIN pg_catalog.pg_attribute AS t ON t.attrelid = c.oid AND t.attnum > 0 AND NOT t.attisdropped
WHERE c.relname::text = ANY (ARRAY[{}]::text[])
AND (c.relnamespace = (SELECT n.oid FROM pg_catalog.pg_namespace AS n WHERE n.nspname = 'pg_catalog')
OR EXISTS (SELECT FROM pg_catalog.pg_depend AS p WHERE p.classid = 1259 AND p.objid = c.oid AND p.refclassid = 3079 AND p.deptype = 'e'))
UNION ALL
SELECT DISTINCT 'function', f.proname::text, NULL, NULL
FROM pg_catalog.pg_proc AS f
WHERE f.proname::text = ANY (ARRAY[{}]::text[])
AND f.pronamespace = (SELECT n.oid FROM pg_catalog.pg_namespace AS n WHERE n.nspname = 'pg_catalog')
AND pg_catalog.has_function_privilege(f.oid, 'EXECUTE'))",
    library_is_missing, relations, functions);
}

server_shape read_shape(const row_set& rows, int version_num) {
  server_shape shape;
  shape.version_num = version_num;
  if (rows.columns() != column::count) {
    return shape;
  }
  for (std::size_t at = 0; at < rows.rows(); ++at) {
    const auto row = rows.row(at);
    const auto is = row[column::kind].text();
    std::string named{row[column::name].text()};
    if (is == "extension" || is == "closed" || is == "unloaded") {
      shape.extensions.insert_or_assign(
        std::move(named),
        server_shape::extension{std::string{row[column::a].text()},
                                std::string{row[column::b].text()},
                                is != "closed", is != "unloaded"});
    } else if (is == "column") {
      shape.columns[std::move(named)].emplace(row[column::a].text());
    } else if (is == "function") {
      shape.columns.try_emplace(named + "()");
    }
  }
  return shape;
}

std::string_view shape_key_sql() {
  static const auto sql = fmt::format(
    R"(/* pgmuster:shape_key */ SELECT pg_catalog.version() || ';' || COALESCE((
SELECT pg_catalog.string_agg(pg_catalog.concat_ws(' ', e.extname, e.extversion, pg_catalog.quote_ident(n.nspname), pg_catalog.has_schema_privilege(n.oid, 'USAGE'), {}), ',' ORDER BY e.extname)
FROM pg_catalog.pg_extension AS e
JOIN pg_catalog.pg_namespace AS n ON n.oid = e.extnamespace), '') || ';'
|| pg_catalog.has_function_privilege('pg_catalog.pg_control_system()', 'EXECUTE')::text
|| pg_catalog.has_function_privilege('pg_catalog.pg_control_checkpoint()', 'EXECUTE')::text AS shape_key)",
    library_is_missing);
  return sql;
}

} // namespace pgmuster::postgres
