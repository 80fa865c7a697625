// Whether a server has what a probe or one of its lines needs.
#pragma once

#include "codec/catalog/negotiate.hpp"

#include <string>

namespace pgmuster::catalog {

/// A need as `needs_list` says, of one word.
[[nodiscard]] bool met(const server_shape& shape, const std::string& need);

/// All of them.
[[nodiscard]] bool met(const server_shape& shape, const needs_list& needs);

/// The line is for servers without something that this one has: nothing to
/// complain about.
[[nodiscard]] bool outgrown(const server_shape& shape, const needs_list& needs);

} // namespace pgmuster::catalog
