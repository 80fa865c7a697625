// What was observed of one target in one cycle: blocks of rows of values.
#pragma once

#include "codec/events.hpp"
#include "codec/number.hpp"
#include "config/attribute.hpp"
#include "config/strong_id.hpp"
#include "config/time.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace pgmuster {

enum class instrument : std::uint8_t {
  gauge,
  /// Monotonic sum, cumulative.
  counter,
  /// Non-monotonic sum, cumulative.
  updown
};

struct metric_descriptor {
  std::string name;
  /// UCUM, or an annotation such as `{connection}`; never `1` for a count.
  std::string unit;
  std::string description;
  instrument kind = instrument::gauge;
  /// Values are doubles; else 64-bit integers.
  bool real = false;
};

/// What the rows of a block have in common; made once for a negotiated probe
/// and shared by all its observations.
struct block_layout {
  struct column {
    /// Index into `metrics`; several columns may feed one metric with
    /// different `fixed` attributes.
    std::uint32_t metric = 0;
    attributes fixed;
    /// In `other` stands the highest value, not the sum.
    bool highest = false;
  };
  /// Raw: only so many rows have series of their own, the rest is in `other`.
  struct bound {
    std::size_t kept = 0;
    /// The key of series_config that says how many instead; may be empty.
    std::string kept_class;
    /// What these columns add makes the rank.
    std::vector<std::uint32_t> ranked_by;
  };
  std::string probe;
  std::vector<metric_descriptor> metrics;
  /// Keys of the attributes that each row fills in.
  std::vector<std::string> keys;
  std::vector<column> columns;
  /// Indexes into `keys`: what people and programs write as they like.
  std::vector<std::uint32_t> words;
  std::optional<bound> bounded;
};

/// What tells one accumulated statement series from another, in this order:
/// the keys of every accumulated probe's layout. The fourth is a fingerprint in
/// hexadecimal, `other` or `unattributed`; what follows it says the same in
/// words, where it is a fingerprint.
inline constexpr const char* entry_series_keys[] = {
  "db.namespace",        "user.name",
  "postgresql.toplevel", "postgresql.query.fingerprint",
  "db.operation.name",   "db.query.summary"};
inline constexpr std::size_t entry_fingerprint_key = 3;

struct point_row {
  /// Parallel to `block_layout::keys`; an empty value is left out.
  std::vector<std::string> values_of_keys;
  /// Parallel to `block_layout::columns`.
  std::vector<number> values;
  /// Start of cumulative series; unused for gauges.
  wall_time start{};
  wall_time time{};
  /// Its counters have been told elsewhere so far: what they rise by counts
  /// from this row on, whatever was held of it.
  bool begins = false;
};

struct point_block {
  std::shared_ptr<const block_layout> layout;
  std::vector<point_row> rows;
  /// Of bounded layouts: whose rows these are, and that none was turned away.
  std::string database{};
  bool complete = true;
};

/// One entry of an accumulated family (a statement): what it added since the
/// previous read. Only entries that moved, and new ones, are listed.
struct entry_delta {
  /// Opaque outside the dialect: (dbid, userid, queryid, toplevel) as bytes.
  std::string key;
  /// Parallel to `block_layout::columns`; exact integers.
  std::vector<std::int64_t> deltas;
  /// The series it adds into once its text is known; empty: not known yet,
  /// adds into `other`. Filled in by the fingerprint stage.
  std::string series;
  /// Attribute values of that series, parallel to `block_layout::keys`.
  std::vector<std::string> values_of_keys;
  /// The row had no identity (NULL queryid): adds into `unattributed`.
  bool unattributed = false;
  /// What it is about, where that is no entry with a key of its own: the last
  /// of `values_of_keys` is that query's shape, filled in by the fingerprint
  /// stage.
  std::uint32_t query = no_query;
};

struct entry_block {
  std::shared_ptr<const block_layout> layout;
  /// Value of `db.namespace`; `other` is kept once a database.
  std::string database;
  std::vector<entry_delta> moved;
  /// All entries that the read returned, moved or not.
  std::size_t entries = 0;
  /// The previous read's time: where a held value is sent before a step.
  wall_time previous{};
  /// Baselines were taken anew: all deltas are 0 and continuity is broken.
  bool gap = false;
  /// How many entries are kept, and by which column's decayed sum.
  std::size_t kept = 50;
  std::size_t ranked_by = 0;
  /// Of which column's increments that sum is made, if one counts them.
  std::optional<std::size_t> counted_by;
};

/// Identity from configuration only: never changes under a series.
struct resource {
  tenant_id tenant;
  target_name target;
  attributes described;
  /// Integer attribute server.port; 0 leaves it out.
  std::uint16_t port = 0;
  /// hash(tenant, target): chooses lane, exporter shard and phase.
  std::uint64_t hash = 0;
};

/// A text learned for an entry's key (from the seldom texts probe).
struct entry_text {
  /// Hash of the entry's key.
  std::uint64_t key = 0;
  std::string database;
  std::string user;
  /// Empty where its shape is known.
  std::string text;
  bool toplevel = true;
  /// 0: to be learned from the text.
  std::uint64_t shape = 0;
};

/// A query that was seen, by the key of its entry (where that is known) and by
/// its text, which goes no further than the fingerprint stage.
struct asked_query {
  std::string key;
  std::string text;
  /// Under which key the entry's user is told on the event; null: not at all.
  const char* user_key = nullptr;
};

struct observation {
  std::shared_ptr<const resource> of;
  wall_time time{};
  std::vector<point_block> blocks;
  std::vector<entry_block> entries;
  /// Texts travel the same lane, so that they stay in order; they are no
  /// points.
  std::vector<entry_text> texts;
  /// What `query` of events and entries refers to.
  std::vector<asked_query> queries;
  /// Each counts as a point where points are counted.
  std::vector<target_event> events;
  /// Mapped points, without events: present values of blocks + entries × their
  /// columns.
  std::uint64_t points = 0;
  /// Of `points`: cells of entries that did not move.
  std::uint64_t unchanged = 0;
  /// Tells one life of the server from another; 0: not known.
  std::uint64_t incarnation = 0;
};

/// Counts the present values.
[[nodiscard]] std::uint64_t count_points(const point_block& block) noexcept;

/// An estimate of the bytes an observation occupies, for credit.
[[nodiscard]] std::uint64_t footprint(const observation& seen) noexcept;

} // namespace pgmuster
