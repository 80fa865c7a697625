// Which events of a tenant's databases are told, and how many of them.
#pragma once

#include "config/time.hpp"

#include <cstdint>

namespace pgmuster {

enum class event_sampling : std::uint8_t {
  /// Every sample has the same chance.
  probabilistic,
  /// So many a second, the most telling ones first.
  adaptive,
  /// No samples are told.
  none
};

struct event_config {
  event_sampling sampling = event_sampling::probabilistic;
  /// probabilistic: how many of a hundred samples are told.
  std::uint32_t rate_percent = 25;
  /// adaptive: samples a second, of all targets of the tenant together.
  std::uint32_t budget = 10;
  /// The statements of one read that are told by name; 0: none.
  std::uint32_t top_queries = 20;
  /// Told once each: a transaction that is open for longer, a session that does
  /// nothing in one for longer, and one that others wait for for longer.
  milliseconds long_transaction{300'000};
  milliseconds idle_in_transaction{60'000};
  milliseconds blocking{10'000};
};

} // namespace pgmuster
