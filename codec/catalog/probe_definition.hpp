// A probe as its .sql file says it: parsed text, no server involved yet.
#pragma once

#include "codec/points.hpp"
#include "config/result.hpp"
#include "config/time.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace pgmuster {

enum class probe_scope : std::uint8_t {
  /// Once an instance, on the DSN's own database.
  instance,
  /// Once in each database.
  database
};

enum class probe_family : std::uint8_t {
  /// The server's own values.
  raw,
  /// Deltas of entries, added up by us; has `other`.
  accumulated,
  /// What was going on at the moment of asking: each row counts the time since
  /// the previous sample, in series that are kept or folded as entries are.
  sampled,
  /// Not points: what the collector itself reads (identity, texts, databases).
  internal
};

enum class item_role : std::uint8_t {
  /// Fills an attribute of the row's points.
  attribute,
  /// Part of an accumulated entry's key; not exported.
  key,
  /// A timestamptz: start of the row's cumulative series.
  start,
  /// A value of a metric.
  metric,
  /// Read by the collector by its column name.
  field,
  /// How many rows there were before the limit; the parser adds it.
  rows_found
};

/// A line of the SELECT is kept only if the server has what it needs:
/// `relation.column`, `relation` (or an extension's name), `function()` that
/// our role may execute, or any of them with `!` in front.
using needs_list = std::vector<std::string>;

/// Items that fill the same thing (a name, or a metric with equal fixed
/// attributes) are alternatives: the first whose needs are met is taken.
struct probe_item {
  std::string expression;
  item_role role = item_role::field;
  /// Attribute key or field name; unused for metrics.
  std::string name;
  /// Index into `probe_definition::metrics`.
  std::size_t metric = 0;
  /// Attributes that this column adds to its metric's points.
  attributes fixed;
  /// As written, and each column of an aliased relation the expression names.
  needs_list needs;
  /// The column is milliseconds as a double; exported as integer microseconds.
  bool milliseconds_to_microseconds = false;
  /// An attribute that people and programs write as they like.
  bool words = false;
  /// accumulated: items beside each other with the same word here are mostly
  /// all 0, and come as one null then. Empty: on its own.
  std::string part;
  /// Of a gauge: in `other` stands the sum, not the highest value.
  bool adds = false;
  std::size_t line = 0;
};

/// A line after the items (FROM, JOIN, WHERE …), with what it needs.
struct probe_tail_line {
  std::string text;
  needs_list needs;
};

struct probe_definition {
  std::string name;
  std::string summary;
  probe_scope scope = probe_scope::instance;
  probe_family family = probe_family::raw;
  /// Empty: by class (see interval_config). A key of interval_config::by_name.
  std::string interval_class;
  /// A built-in floor, e.g. 5 minutes for texts.
  std::optional<milliseconds> interval;
  int version_min = 130000;
  /// Exclusive; 0: none.
  int version_max = 0;
  /// The whole probe is left out where the server lacks one of these.
  needs_list needs;
  std::vector<metric_descriptor> metrics;
  std::vector<probe_item> items;
  /// accumulated: an int8 that changes whenever an entry does; entries whose
  /// digest is known are left out by the server. Alternatives, as items are.
  std::vector<probe_item> digests;
  std::vector<probe_tail_line> tail;
  /// Extensions whose schema the text asks for by `{ext:name}`.
  std::vector<std::string> extensions;
  /// How many entries or rows have series of their own; accumulated: by which
  /// column's decayed sum; raw: by that of all columns of the metric
  /// `ranked_by_metric`.
  std::size_t kept = 50;
  /// raw: the key of series_config that says it instead; may be empty.
  std::string kept_class;
  std::size_t ranked_by_item = 0;
  /// raw: absent where all rows are kept.
  std::optional<std::size_t> ranked_by_metric;
  /// accumulated: what counts the rank's parts, so that it has a mean.
  std::optional<std::size_t> counted_by_item;
  /// raw and sampled: the most rows that are read; 0: all. Those that come
  /// first by `limit_order` (the text of an ORDER BY); the others are only
  /// counted.
  std::size_t limit = 0;
  std::string limit_order;
  /// Where it came from, for messages.
  std::string origin;
};

/// Parses one file; `origin` names it in errors. All errors at once, in the
/// context: `origin:line: words`, one a line. The format is in docs/metrics.md.
[[nodiscard]] result<probe_definition> parse_probe(std::string_view text,
                                                   std::string_view origin);

} // namespace pgmuster
