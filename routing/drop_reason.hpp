// Why a point or an event is discarded: there is no other way to lose one.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace pgmuster {

/// Each has a counter in both books.
enum class drop_reason : std::uint8_t {
  /// The lane's credit of this tenant was used up.
  no_credit,
  /// The actor that held it ended; its lease said so.
  actor_lost,
  /// The exporter's queue was full; the oldest went.
  queue_full,
  /// The destination refused for good, and there is no quarantine.
  refused,
  /// It could not be encoded.
  unencodable,
  /// The process stopped before it was delivered.
  stopping,
  /// The file could not be written.
  write_failed,
  /// The spool had reached its bound; the oldest went.
  spool_full,
  /// The spool could not be read there any more.
  spool_corrupt,
  /// It was older than its route takes.
  too_old,
  /// Memory was short, and its tenant held more than its share.
  memory,
  /// Nobody knows whether it arrived, and its route asks not to send it twice.
  ambiguous,
  /// It was refused for good, and the quarantine could not take it.
  quarantine_full,
  /// Its target told more events than it may.
  event_limit,
  /// Its route takes deltas, and no more rows can be followed for those.
  delta_limit
};
inline constexpr std::size_t drop_reasons =
  static_cast<std::size_t>(drop_reason::delta_limit) + 1;

[[nodiscard]] std::string_view to_string(drop_reason why) noexcept;

/// Discarded, by reason.
using drop_tally = std::array<std::uint64_t, drop_reasons>;

[[nodiscard]] std::uint64_t sum_of(const drop_tally& dropped) noexcept;
[[nodiscard]] drop_tally dropped_for(drop_reason why,
                                     std::uint64_t points) noexcept;
void add_to(drop_tally& sum, const drop_tally& more) noexcept;

} // namespace pgmuster
