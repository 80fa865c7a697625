// What each entry added since the previous read: baselines, incarnations,
// resets and evictions (SEMANTICS §2).
#pragma once

#include "codec/catalog/map_rows.hpp"

#include <map>
#include <string>
#include <vector>

namespace pgmuster {

/// The time between two restarts or failovers of a target.
struct incarnation {
  std::int64_t system_identifier = 0;
  /// µs since the epoch.
  std::int64_t postmaster_start = 0;
  bool operator==(const incarnation&) const = default;
};

struct read_context {
  incarnation during;
  /// All rows came.
  bool complete = true;
  /// pg_stat_statements_info.stats_reset in µs; 0 where there is none.
  std::int64_t stats_reset = 0;
  wall_time time{};
  /// Names of databases by oid; entries of unknown ones go under "".
  const std::map<std::int64_t, std::string>* databases = nullptr;
};

/// Baselines of one instance and accumulated probe. Packed as varints in one
/// buffer, sorted by key: about 80 B an entry, no allocation an entry.
class entry_deltas {
public:
  /// One block a database; entries that did not move are only counted. A block
  /// is made for every database that has or had entries, so that `other` exists.
  /// Baselines are replaced by this read.
  [[nodiscard]] std::vector<entry_block>
  absorb(const entry_readings& read,
         const std::shared_ptr<const block_layout>& layout,
         const read_context& context);

  /// Forgets: the next read is a first one.
  void forget() noexcept;

  [[nodiscard]] std::size_t bytes() const noexcept { return packed_.size(); }
  /// Reads whose deltas could not be known.
  [[nodiscard]] std::uint64_t gaps() const noexcept { return gaps_; }

private:
  std::string packed_;
  incarnation during_;
  std::int64_t stats_reset_ = 0;
  wall_time previous_{};
  bool complete_ = false;
  bool read_before_ = false;
  std::uint64_t gaps_ = 0;
};

} // namespace pgmuster
