// Without a file: DSNs from the environment become the tenant `default`.
#pragma once

#include "config/loading/document.hpp"

namespace pgmuster::loading {

/// One DSN or several. A line that begins with a URI is split at spaces; any
/// other line is one DSN in keyword form, which holds spaces itself.
[[nodiscard]] std::vector<std::string> split_dsns(std::string_view text);

/// `host[-port][-database]`: the port unless it is 5432, the database unless
/// it is postgres; never longer than a name may be.
[[nodiscard]] std::string name_of(const dsn_parts& parts);

/// From PGMUSTER_DATABASE_URL, else DATABASE_URL; names that repeat get -2,
/// -3 and so on. Nothing happens without either.
void add_environment_targets(const load_request& request, document& into);

} // namespace pgmuster::loading
