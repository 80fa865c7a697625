// A tenant's own words about events go over those for all.
#include "config/loading/build_events.hpp"

namespace pgmuster::loading {

event_config read_events(const cursor& at, event_config into) {
  if (const auto how = at["sampling"].text()) {
    into.sampling = *how == "adaptive" ? event_sampling::adaptive
                    : *how == "none"   ? event_sampling::none
                                       : event_sampling::probabilistic;
  }
  const auto count = [&at](const char* key, std::uint32_t& what) {
    if (const auto given = at[key].count()) {
      what = static_cast<std::uint32_t>(*given);
    }
  };
  count("rate_percent", into.rate_percent);
  count("budget", into.budget);
  count("top_queries", into.top_queries);
  const auto after = [&at](const char* key, milliseconds& what) {
    what = at[key].duration().value_or(what);
  };
  after("long_transaction", into.long_transaction);
  after("idle_in_transaction", into.idle_in_transaction);
  after("blocking", into.blocking);
  return into;
}

} // namespace pgmuster::loading
