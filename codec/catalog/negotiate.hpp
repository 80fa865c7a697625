// Fits a probe to a server: leaves out the lines whose columns it lacks.
#pragma once

#include "codec/catalog/probe_definition.hpp"
#include "config/byte_count.hpp"
#include "config/limits.hpp"

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace pgmuster {

/// What a kind of server has. Equal shapes share their negotiated catalogs.
struct server_shape {
  int version_num = 0;
  /// Relation name → its columns (catalog views, and the extensions' own).
  /// A function that our role may execute is there as `name()`, without any.
  std::map<std::string, std::set<std::string>> columns;
  struct extension {
    std::string version;
    std::string schema;
    /// Our role has USAGE on that schema.
    bool usable = true;
    /// The server has its library, where it works only if preloaded.
    bool loaded = true;
  };
  /// Installed in the database asked.
  std::map<std::string, extension> extensions;
};

/// What the configuration says in a probe's text: `{text_bytes}`.
struct probe_settings {
  byte_count text_bytes = limits::statement_text_bytes;
};

/// A probe as it runs on servers of one shape.
struct negotiated_probe {
  std::shared_ptr<const probe_definition> definition;
  /// Starts with a marker comment `/* pgmuster:<probe> */`; every relation is
  /// schema-qualified or in pg_catalog. An accumulated probe's items come as
  /// one row value each, in which NULL stands for 0.
  std::string sql;
  /// The text has a parameter, an int8[] of the digests of entries that are
  /// known: those are left out. Beside each entry stands its digest, and in a
  /// row without an entry a known digest that none has any more.
  bool by_digest = false;
  /// Indexes of the definition's items, in the order of the result's columns.
  std::vector<std::size_t> items;
  /// accumulated: of each value of a row, how many items it holds; those of a
  /// part come as a row value within the row's. Empty: one each.
  std::vector<std::size_t> widths;
  /// Expressions of lines that were left out without an alternative in their
  /// place: not empty means degraded.
  std::vector<std::string> left_out;
  /// For blocks (raw) or entries (accumulated); its columns are the metric
  /// items in order, its keys the attribute items in order.
  std::shared_ptr<const block_layout> layout;
  /// accumulated: the layout's column that ranks entries.
  std::size_t ranked_by_column = 0;
  /// And the one that counts what that adds up, if there is one.
  std::optional<std::size_t> counted_by_column;
};

struct negotiated_catalog {
  std::vector<negotiated_probe> probes;
  /// Probes that this server cannot answer at all, with the reason.
  std::map<std::string, std::string> absent;
};

/// The statement without a parameter: it asks for all entries.
[[nodiscard]] std::string sql_for_all(const negotiated_probe& probe);

/// Which relations and functions (`name()`) must be looked up to know a shape:
/// everything that any probe's needs mention.
[[nodiscard]] std::set<std::string>
relations_needed(const std::vector<std::shared_ptr<const probe_definition>>&);

[[nodiscard]] negotiated_catalog
negotiate(const std::vector<std::shared_ptr<const probe_definition>>& catalog,
          const server_shape& shape,
          const probe_settings& settings = {});

} // namespace pgmuster
