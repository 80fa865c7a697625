// What is asked of a server, in SQL.
#pragma once

#include "codec/catalog/negotiate.hpp"

#include <string>
#include <string_view>

namespace pgmuster::catalog {

/// As an identifier.
[[nodiscard]] std::string quoted(std::string_view identifier);

/// The first of its digests that the server can make; null: none.
[[nodiscard]] const probe_item* digest_of(const probe_definition& probe,
                                          const server_shape& shape);

/// Of the items that `probe` has, in their parts.
[[nodiscard]] std::string statement_of(const negotiated_probe& probe,
                                       const server_shape& shape,
                                       const probe_settings& settings);

} // namespace pgmuster::catalog
