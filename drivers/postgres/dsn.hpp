// Takes a DSN apart as libpq does.
#pragma once

#include "config/load.hpp"

namespace pgmuster::postgres {

/// URI or keyword form. Does not look at PG* environment, services or files.
/// The error never holds the password.
[[nodiscard]] result<dsn_parts> parse_dsn(std::string_view dsn);

} // namespace pgmuster::postgres
