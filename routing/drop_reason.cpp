#include "routing/drop_reason.hpp"

#include <numeric>

namespace pgmuster {

namespace {

/// In the order of the enumerators.
constexpr std::array<std::string_view, drop_reasons> names{
  "no_credit",       "actor_lost",  "queue_full",   "refused",
  "unencodable",     "stopping",    "write_failed", "spool_full",
  "spool_corrupt",   "too_old",     "memory",       "ambiguous",
  "quarantine_full", "event_limit", "delta_limit"};
static_assert(!names.back().empty());

} // namespace

std::string_view to_string(drop_reason why) noexcept {
  return names[static_cast<std::size_t>(why)];
}

std::uint64_t sum_of(const drop_tally& dropped) noexcept {
  return std::accumulate(dropped.begin(), dropped.end(), std::uint64_t{0});
}

drop_tally dropped_for(drop_reason why, std::uint64_t points) noexcept {
  drop_tally tally{};
  tally[static_cast<std::size_t>(why)] = points;
  return tally;
}

void add_to(drop_tally& sum, const drop_tally& more) noexcept {
  for (std::size_t why = 0; why < drop_reasons; ++why) {
    sum[why] += more[why];
  }
}

} // namespace pgmuster
