// What an included file adds: tenants are appended, routes are added by name.
#pragma once

#include "config/loading/document.hpp"
#include "config/loading/problems.hpp"

#include <boost/json/value.hpp>

namespace pgmuster::loading {

/// Both move out of the fragment; `at` is where it was written.
void merge_tenants(boost::json::value& list,
                   const place& at,
                   document& into,
                   problem_list& problems);

/// A name that is there already is a problem that points to both.
void merge_routes(boost::json::value& map,
                  const place& at,
                  document& into,
                  problem_list& problems);

} // namespace pgmuster::loading
