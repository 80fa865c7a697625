// The probes that are built in, and those of a folder.
#pragma once

#include "codec/catalog/negotiate.hpp"
#include "codec/rows.hpp"
#include "drivers/postgres/catalog/builtin_probes.hpp"

#include <filesystem>

namespace pgmuster::postgres {

using probe_catalog = std::vector<std::shared_ptr<const probe_definition>>;

/// Built-in probes and the `.sql` files of `folder` (empty: none). A file with
/// the name of a built-in probe replaces it. All errors at once, in the
/// context, one a line (pgmuster::catalog::errc).
[[nodiscard]] result<probe_catalog>
load_catalog(const std::filesystem::path& folder);

/// The statement that reads a server's shape as our role sees it: rows (kind,
/// name, a, b) of text for extensions, for columns of `relations_needed` that
/// are PostgreSQL's own or an extension's, and for functions that our role may
/// execute.
[[nodiscard]] std::string shape_sql(const probe_catalog& catalog);

/// Reads its rows. `version_num` is the session's.
[[nodiscard]] server_shape read_shape(const row_set& rows, int version_num);

/// A cheap statement whose one text cell is equal for servers of equal shape:
/// version(), the extensions with their versions, schemas and libraries, and
/// our rights on those schemas and on the functions that built-in probes need.
[[nodiscard]] std::string_view shape_key_sql();

} // namespace pgmuster::postgres
