// What one sample of sessions becomes: counted time, who blocks whom, and
// events. Pure.
#pragma once

#include "codec/catalog/negotiate.hpp"
#include "codec/points.hpp"
#include "codec/rows.hpp"
#include "config/event_config.hpp"
#include "routing/session_time.hpp"
#include "routing/session_watch.hpp"

#include <map>
#include <string>

namespace pgmuster {

/// What outlives a sample.
struct sample_memory {
  /// How often samples are taken.
  milliseconds interval{10'000};
  /// Null: the tenant has no route for events, so none are made.
  const event_config* events = nullptr;
  session_time time;
  session_watch watch;
};

struct sample_outcome {
  std::uint64_t bad_cells = 0;
  std::uint64_t turned_away = 0;
};

/// Adds to `into` what the rows of a sampled probe say. `databases`: names by
/// the server's ids, as far as known.
sample_outcome
harvest_sample(const negotiated_probe& probe,
               const row_set& rows,
               const std::map<std::int64_t, std::string>& databases,
               sample_memory& memory,
               observation& into);

} // namespace pgmuster
