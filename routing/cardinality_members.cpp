// Who belongs: series that moved are weighed against those that are kept.
#include "routing/cardinality_cycle.hpp"
#include "routing/hash_order.hpp"

#include <algorithm>

namespace pgmuster {

/// What is folded anyway does not wait for a place.
bool accumulated_family::cycle::large_enough(
  const newcomer& who) const noexcept {
  return limits_.mean_min <= 0 || !read_.counted_by
         || who.ranked >= static_cast<double>(limits_.mean_min) * who.counted;
}

/// What its latest row did not say, it says now.
void accumulated_family::cycle::end_series(series& last) {
  if (last.sent == now_) {
    auto rest = fresh_of(last);
    rest.flip();
    put(last, now_, rest, totals_of(last));
  } else {
    emit_all(last, now_);
  }
}

/// Only a series that moved in this cycle is admitted: its names are at hand.
void accumulated_family::cycle::choose_members() {
  std::vector<ranked_members::newcomer> seen;
  seen.reserve(newcomers_.size());
  for (const auto& [hash, who] : newcomers_) {
    if (large_enough(who)) {
      seen.push_back({hash, who.ranked});
    }
  }
  std::sort(seen.begin(), seen.end(), [](const auto& one, const auto& other) {
    return one.hash < other.hash;
  });
  const member_limits bounds{limits_.kept_max, columns_, limits_.hysteresis,
                             limits_.decay, limits_.candidates_per_kept};
  const auto changes = family_.members_.choose(std::move(seen), bounds);
  auto& kept = family_.kept_;
  // Not twice as much as there is.
  kept.reserve(std::min(kept.size() + changes.size(), limits_.kept_max));
  for (const auto& [hash, admitted] : changes) {
    const auto place = place_of(kept.begin(), kept.end(), hash);
    if (admitted) {
      series made;
      made.hash = hash;
      begin_series(*kept.insert(place, made),
                   newcomers_.at(hash).entry->values_of_keys);
    } else {
      end_series(*place);
      kept.erase(place);
    }
  }
}

} // namespace pgmuster
