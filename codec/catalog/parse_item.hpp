// The trailing comment of an item: its role, or the metric it feeds.
#pragma once

#include "codec/catalog/probe_lines.hpp"

namespace pgmuster::catalog {

/// Appends the item (and its metric, when it is a new one) to `into`.
void parse_item(const split_line& text,
                std::size_t line,
                const alias_map& aliases,
                probe_definition& into,
                complaints& wrong);

/// `needs=a.b,c` words of a tail line's comment; other words are prose.
[[nodiscard]] needs_list
tail_needs(std::string_view comment, std::size_t line, complaints& wrong);

} // namespace pgmuster::catalog
