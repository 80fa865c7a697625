// How many series of their own entries, tables and indexes may have; what does
// not fit adds up in `other`.
#pragma once

#include "config/limits.hpp"

#include <string_view>

namespace pgmuster {

struct series_config {
  /// Of one target, and of all targets of a tenant together.
  std::uint64_t per_target = limits::series_per_target;
  std::uint64_t per_tenant = limits::series_per_tenant;
  /// Rows of one database, in each probe about them.
  std::size_t tables = limits::kept_tables_default;
  std::size_t indexes = limits::kept_indexes_default;

  /// What a probe's `kept` asks for by name; 0: there is no such key.
  [[nodiscard]] std::size_t kept_of(std::string_view name) const noexcept {
    return name == "tables" ? tables : name == "indexes" ? indexes : 0;
  }
};

} // namespace pgmuster
