// One call of accumulated_family::absorb: what it reads, counts and sends.
#pragma once

#include "routing/cardinality.hpp"

#include <xxhash.h>

#include <string_view>
#include <unordered_map>
#include <vector>

namespace pgmuster {

/// Of a series' name; members and newcomers are known by it.
[[nodiscard]] inline std::uint64_t
hash_of_series(std::string_view name) noexcept {
  return XXH3_64bits(name.data(), name.size());
}

/// One call of `absorb`.
class accumulated_family::cycle {
public:
  cycle(accumulated_family& family,
        const entry_block& read,
        const cardinality_limits& limits,
        wall_time now,
        std::uint64_t phase_hash)
    : family_(family),
      read_(read),
      limits_(limits),
      now_(now),
      phase_hash_(phase_hash),
      columns_(read.layout->columns.size()) {}

  accumulation_outcome run();

private:
  struct newcomer {
    double ranked = 0;
    double counted = 0;
    const entry_delta* entry = nullptr;
  };

  void start();
  [[nodiscard]] std::string_view names_of(const series& one) const noexcept {
    return std::string_view{bytes_}.substr(one.at, one.names_length);
  }
  [[nodiscard]] std::string_view packed_of(const series& one) const noexcept {
    return std::string_view{bytes_}.substr(one.at + one.names_length,
                                           one.packed_length);
  }
  void begin_series(series& made, const std::vector<std::string>& names);
  const std::vector<std::int64_t>& totals_of(const series& one);
  [[nodiscard]] std::vector<bool> fresh_of(const series& one) const;
  void keep(series& of,
            const std::vector<bool>& fresh,
            const std::vector<std::int64_t>& totals);
  [[nodiscard]] const std::vector<std::int64_t>*
  moved_of(const series& one) const;
  void add(const entry_delta& entry);
  std::uint64_t settle(series& of, std::uint64_t hash, bool begun = false);
  void settle_kept(series& of);
  void emit(series& of,
            wall_time time,
            const std::vector<bool>& which,
            const std::vector<std::int64_t>& totals);
  void emit_all(series& of, wall_time time);
  void emit_held(const series& of, const std::vector<std::int64_t>& moved);
  void put(const series& of,
           wall_time time,
           const std::vector<bool>& which,
           const std::vector<std::int64_t>& totals);
  void hold();
  void note_growth(const series& of, const std::vector<std::int64_t>& before);
  void choose_members();
  [[nodiscard]] bool large_enough(const newcomer& who) const noexcept;
  void end_series(series& last);
  [[nodiscard]] double rank(const entry_delta& entry) const noexcept {
    return limits_.ranked_by < entry.deltas.size() ? static_cast<double>(
             std::max<std::int64_t>(0, entry.deltas[limits_.ranked_by]))
                                                   : 0;
  }
  [[nodiscard]] bool previous_is_usable() const noexcept {
    return read_.previous > wall_time{} && read_.previous < now_;
  }

  accumulated_family& family_;
  const entry_block& read_;
  const cardinality_limits& limits_;
  wall_time now_;
  std::uint64_t phase_hash_;
  std::size_t columns_;
  accumulation_outcome outcome_;
  /// Points of the block.
  std::uint64_t cells_ = 0;
  /// Σ Δ of all entries, a column.
  std::vector<std::uint64_t> expected_;
  /// What all series grew by, a column; the same, or a delta went astray.
  std::vector<std::uint64_t> grown_;
  /// Series without a place that moved, by hash.
  std::unordered_map<std::uint64_t, newcomer> newcomers_;
  /// Deltas of the series that moved.
  std::unordered_map<const series*, std::vector<std::int64_t>> moved_;
  /// The family's, with what changed at its end, until `hold`.
  std::string bytes_;
  /// What `totals_of` has unpacked last.
  std::vector<std::int64_t> unpacked_;
  /// Room to pack in.
  std::string packing_;
};

} // namespace pgmuster
