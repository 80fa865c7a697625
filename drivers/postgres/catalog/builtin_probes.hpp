// The texts of the probes that are built in, for whoever only reads text.
#pragma once

#include <span>
#include <string_view>

namespace pgmuster::postgres {

/// A file that is built in.
struct probe_text {
  std::string_view name;
  std::string_view text;
};

/// Generated from the `.sql` files beside this header, in order of name.
[[nodiscard]] std::span<const probe_text> builtin_probes() noexcept;

} // namespace pgmuster::postgres
