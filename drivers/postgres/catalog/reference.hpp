// The page that lists every metric, made from the catalog itself.
#pragma once

#include "drivers/postgres/catalog/catalog.hpp"

#include <string>

namespace pgmuster::postgres {

/// Markdown: each probe with its metrics, and the format of a probe's file.
[[nodiscard]] std::string metrics_reference(const probe_catalog& catalog);

} // namespace pgmuster::postgres
