// Who belongs: scores decay, newcomers are weighed against those that are kept.
#include "routing/cardinality_cycle.hpp"

#include <algorithm>
#include <limits>

namespace pgmuster {

namespace {

/// Below it a score no longer says anything.
constexpr double score_least = 1e-3;

} // namespace

void accumulated_family::cycle::decay_scores() {
  for (auto& [hash, one] : family_.kept_) {
    one.score *= limits_.decay;
  }
  for (auto& one : family_.candidates_) {
    one.score *= limits_.decay;
  }
  std::erase_if(family_.candidates_,
                [](const auto& one) { return one.score < score_least; });
}

/// Where it is, or where it belongs.
std::vector<accumulated_family::candidate>::iterator
accumulated_family::cycle::find_candidate(std::uint64_t hash) {
  return std::lower_bound(family_.candidates_.begin(),
                          family_.candidates_.end(), hash,
                          [](const candidate& one, std::uint64_t wanted) {
                            return one.hash < wanted;
                          });
}

/// It is no candidate any more; 0 if it was none.
double accumulated_family::cycle::take_score(std::uint64_t hash) {
  const auto found = find_candidate(hash);
  if (found == family_.candidates_.end() || found->hash != hash) {
    return 0;
  }
  const auto score = found->score;
  family_.candidates_.erase(found);
  return score;
}

void accumulated_family::cycle::keep_score(std::uint64_t hash, double score) {
  const auto place = find_candidate(hash);
  if (place != family_.candidates_.end() && place->hash == hash) {
    place->score = score;
  } else {
    family_.candidates_.insert(place, {hash, score});
  }
}

/// Makes room by the lowest kept series if `score` is enough above it.
bool accumulated_family::cycle::evict_below(double score) {
  const auto lowest =
    std::min_element(family_.kept_.begin(), family_.kept_.end(),
                     [](const auto& one, const auto& other) {
                       return std::pair{one.second.score, one.first}
                              < std::pair{other.second.score, other.first};
                     });
  if (lowest == family_.kept_.end()
      || score <= lowest->second.score * limits_.hysteresis) {
    return false;
  }
  auto& last = lowest->second;
  if (last.sent == now_) {
    auto rest = fresh_of(last);
    rest.flip();
    put(last, now_, rest, totals_of(last));
  } else {
    emit_all(last, now_);
  }
  keep_score(lowest->first, lowest->second.score);
  family_.kept_.erase(lowest);
  family_.lease_.give_back(columns_);
  return true;
}

/// A place for one more, by the bounds of the family and of the budget.
bool accumulated_family::cycle::make_place(double score) {
  const bool room = family_.kept_.size() < limits_.kept_max;
  if (room && family_.lease_.try_take(columns_)) {
    return true;
  }
  family_.over_budget_ += room ? 1U : 0U;
  return evict_below(score) && family_.kept_.size() < limits_.kept_max
         && family_.lease_.try_take(columns_);
}

/// What is folded anyway does not wait for a place.
bool accumulated_family::cycle::large_enough(
  const newcomer& who) const noexcept {
  return limits_.mean_min <= 0 || !read_.counted_by
         || who.ranked >= static_cast<double>(limits_.mean_min) * who.counted;
}

void accumulated_family::cycle::admit(const newcomer& who) {
  const auto hash = hash_of_series(who.entry->series);
  auto& made = family_.kept_[hash];
  begin_series(made, who.entry->values_of_keys);
  made.score = who.score;
  take_score(hash);
}

/// Only a series that moved in this cycle is admitted: its names are at hand.
void accumulated_family::cycle::choose_members() {
  std::vector<newcomer> ranked;
  ranked.reserve(newcomers_.size());
  for (auto& [hash, seen] : newcomers_) {
    if (!large_enough(seen)) {
      continue;
    }
    seen.score += take_score(hash);
    keep_score(hash, seen.score);
    ranked.push_back(seen);
  }
  std::sort(ranked.begin(), ranked.end(),
            [](const newcomer& one, const newcomer& other) {
              return one.score != other.score
                       ? one.score > other.score
                       : one.entry->series < other.entry->series;
            });
  for (const auto& who : ranked) {
    if (!make_place(who.score)) {
      break;
    }
    admit(who);
  }
  while (family_.kept_.size() > limits_.kept_max) {
    evict_below(std::numeric_limits<double>::infinity());
  }
  bound_candidates();
}

void accumulated_family::cycle::bound_candidates() {
  const auto most = limits_.kept_max * limits_.candidates_per_kept;
  auto& candidates = family_.candidates_;
  if (candidates.size() <= most) {
    return;
  }
  const auto surplus = candidates.size() - most;
  std::nth_element(candidates.begin(),
                   candidates.begin() + static_cast<std::ptrdiff_t>(surplus),
                   candidates.end(),
                   [](const candidate& one, const candidate& other) {
                     return std::pair{one.score, one.hash}
                            < std::pair{other.score, other.hash};
                   });
  candidates.erase(candidates.begin(),
                   candidates.begin() + static_cast<std::ptrdiff_t>(surplus));
  std::sort(candidates.begin(), candidates.end(),
            [](const candidate& one, const candidate& other) {
              return one.hash < other.hash;
            });
  family_.candidates_forgotten_ += surplus;
}

} // namespace pgmuster
