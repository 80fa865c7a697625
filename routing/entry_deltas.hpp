// What each entry added since the previous read: baselines, incarnations,
// resets and evictions (SEMANTICS §2).
#pragma once

#include "codec/catalog/entry_source.hpp"
#include "codec/points.hpp"

#include <map>
#include <set>
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

/// Another number for each, but for chance; never 0.
[[nodiscard]] std::uint64_t number_of(const incarnation& of) noexcept;

struct read_context {
  incarnation during;
  /// All rows came.
  bool complete = true;
  /// pg_stat_statements_info.stats_reset in µs; 0 where there is none or it was
  /// not read for these entries. Must be read before them: seen too late, a
  /// reset between the two would make whole histories deltas.
  std::int64_t stats_reset = 0;
  wall_time time{};
  /// Names of databases by oid; entries of unknown ones go under "".
  const std::map<std::int64_t, std::string>* databases = nullptr;
};

/// Baselines of one instance and accumulated probe, in one buffer. Their
/// digests are what the server is told, so that it sends what they do not tell.
class entry_deltas {
public:
  /// One block a database; entries that did not move are only counted. A block
  /// is made for every database that has or had entries, so that `other` exists
  /// (a database that is gone from `context.databases` and has no entries is
  /// forgotten). Baselines are replaced by this read. Precondition: `read` has
  /// the layout's columns.
  [[nodiscard]] std::vector<entry_block>
  absorb(entry_source& read,
         const std::shared_ptr<const block_layout>& layout,
         const read_context& context);

  /// Digests of what is known of reads of that layout, for the server to leave
  /// out. The next read that is absorbed must be the one they were told for.
  [[nodiscard]] std::vector<std::int64_t>
  known(const std::shared_ptr<const block_layout>& layout);

  /// Forgets: the next read is a first one.
  void forget() noexcept;

  /// Of the baselines.
  [[nodiscard]] std::size_t bytes() const noexcept {
    return packed_.capacity() + numbered_.capacity() * sizeof(std::int64_t)
           + unattributed_.size() * shape_.columns * sizeof(std::int64_t);
  }
  /// Reads whose deltas could not be known, in part or at all.
  [[nodiscard]] std::uint64_t gaps() const noexcept { return gaps_; }

private:
  class difference;
  [[nodiscard]] bool
  continues(const entry_shape& shape,
            const std::shared_ptr<const block_layout>& layout,
            const read_context& context) const noexcept;
  [[nodiscard]] bool of_same_columns(
    const entry_shape& shape,
    const std::shared_ptr<const block_layout>& layout) const noexcept;
  void note_databases(const std::set<std::int64_t>& present,
                      const read_context& context);

  std::string packed_;
  /// Oids, by the numbers that `packed_` has for them.
  std::vector<std::int64_t> numbered_;
  entry_shape shape_;
  std::shared_ptr<const block_layout> layout_;
  /// Sums of the rows without identity, by database oid.
  std::map<std::int64_t, std::vector<std::int64_t>> unattributed_;
  /// Databases that have or had entries, by oid.
  std::set<std::int64_t> databases_;
  incarnation during_;
  std::int64_t stats_reset_ = 0;
  /// It was read for the baselines, too.
  bool reset_known_ = false;
  wall_time previous_{};
  bool complete_ = false;
  /// Digests were told for the next read.
  bool told_ = false;
  bool read_before_ = false;
  std::uint64_t gaps_ = 0;
};

} // namespace pgmuster
