// From a checked document to the configuration in force, with what no tree of
// keys can say: names, references, DSNs, and keys that exclude each other.
#pragma once

#include "config/loading/cursor.hpp"

namespace pgmuster::loading {

struct build_context {
  const load_request& request;
  /// Where relative paths start; empty: the working directory.
  std::filesystem::path folder;
  /// As document::incomplete.
  bool incomplete = false;
};

/// `[A-Za-z0-9._-]{1,128}`, or a problem; absent if there is no name to use.
[[nodiscard]] std::optional<std::string> read_name(const cursor& at,
                                                   std::string_view what);
[[nodiscard]] bool is_name(std::string_view text);

[[nodiscard]] std::filesystem::path resolved(const build_context& context,
                                             const std::string& path);

/// Fills `routes`.
void build_routes(const cursor& root,
                  const build_context& context,
                  configuration& into);

/// Fills `tenants`; `routes` must be there.
void build_tenants(const cursor& root,
                   const build_context& context,
                   configuration& into);

/// Fills `statements` and `scrub_rules`.
void build_statements(const cursor& root, configuration& into);

/// Fills everything else.
void build_process(const cursor& root,
                   const build_context& context,
                   configuration& into);

} // namespace pgmuster::loading
