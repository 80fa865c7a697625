// A target's few figures for a person's eye, from the same points that are
// sent: transactions, cache hits, sessions, lag.
#pragma once

#include "codec/points.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

namespace pgmuster {

/// The catalog's names that the figures come from.
namespace vital_metrics {
inline constexpr std::string_view commits = "postgresql.commits";
inline constexpr std::string_view rollbacks = "postgresql.rollbacks";
inline constexpr std::string_view blocks_hit = "postgresql.blks_hit";
inline constexpr std::string_view blocks_read = "postgresql.blks_read";
inline constexpr std::string_view sessions = "postgresql.sessions";
inline constexpr std::string_view state_key = "postgresql.state";
inline constexpr std::string_view wait_key = "postgresql.wait_event_type";
inline constexpr std::string_view state_active = "active";
/// Bytes that a standby has not replayed, as either side sees it.
inline constexpr std::array delay_bytes{
  std::string_view{"postgresql.replication.data_delay"},
  std::string_view{"postgresql.replication.standby.lag"}};
/// Seconds, as either side sees it.
inline constexpr std::array lag_seconds{
  std::string_view{"postgresql.wal.delay"},
  std::string_view{"postgresql.replication.standby.delay"}};
} // namespace vital_metrics

/// Of one target. Feed it every observation before anything is taken out of the
/// blocks; a figure stays as it was while its metric is not in the blocks.
class vitals {
public:
  void absorb(const std::vector<point_block>& blocks, wall_time time);
  /// After a restart or while a target is down: nothing is known.
  void forget() noexcept { *this = vitals{}; }

  /// Commits and rollbacks of all databases between the last two reads.
  [[nodiscard]] std::optional<double> transactions_per_second() const noexcept {
    return transactions_;
  }
  /// In [0, 1], between the last two reads; empty if no block was asked for.
  [[nodiscard]] std::optional<double> cache_hit_share() const noexcept {
    return hit_share_;
  }
  /// Client sessions in any state, ours left out.
  [[nodiscard]] std::optional<std::int64_t> sessions() const noexcept {
    return sessions_;
  }
  [[nodiscard]] std::optional<std::int64_t> active_sessions() const noexcept {
    return active_;
  }
  /// Active sessions that wait for something of the server's.
  [[nodiscard]] std::optional<std::int64_t> waiting_sessions() const noexcept {
    return waiting_;
  }
  /// The worst of all standbys.
  [[nodiscard]] std::optional<double> lag_seconds() const noexcept {
    return lag_;
  }
  [[nodiscard]] std::optional<double> delay_bytes() const noexcept {
    return delay_;
  }

private:
  /// A counter's rows by the hashes of their names, sorted.
  using counted_rows = std::vector<std::pair<std::uint64_t, double>>;
  /// A counter summed over its rows, by difference, row by row.
  struct rate {
    counted_rows rows;
    std::optional<double> growth;

    void advance(counted_rows now);
  };
  struct gathered;

  rate commits_;
  rate rollbacks_;
  rate hit_;
  rate read_;
  wall_time counted_{};
  std::optional<double> transactions_;
  std::optional<double> hit_share_;
  std::optional<std::int64_t> sessions_;
  std::optional<std::int64_t> active_;
  std::optional<std::int64_t> waiting_;
  std::optional<double> lag_;
  std::optional<double> delay_;
};

} // namespace pgmuster
