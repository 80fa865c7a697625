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
  for (auto& [name, one] : family_.kept_) {
    one.score *= limits_.decay;
  }
  for (auto& [hash, score] : family_.candidates_) {
    score *= limits_.decay;
  }
  std::erase_if(family_.candidates_,
                [](const auto& one) { return one.second < score_least; });
}

/// Makes room by the lowest kept series if `score` is enough above it.
bool accumulated_family::cycle::evict_below(double score) {
  const auto lowest = std::min_element(
    family_.kept_.begin(), family_.kept_.end(),
    [](const auto& one, const auto& other) {
      return std::pair{one.second.score, std::string_view{one.first}}
             < std::pair{other.second.score, std::string_view{other.first}};
    });
  if (lowest == family_.kept_.end()
      || score <= lowest->second.score * limits_.hysteresis) {
    return false;
  }
  auto& last = lowest->second;
  if (last.sent == now_) {
    last.fresh.flip();
    put(last, now_, last.fresh);
  } else {
    emit_all(last, now_);
  }
  family_.candidates_[hash_of_series(lowest->first)] = lowest->second.score;
  family_.kept_.erase(lowest);
  return true;
}

void accumulated_family::cycle::admit(const newcomer& who) {
  auto& made = family_.kept_[who.entry->series];
  begin_series(made, who.entry->values_of_keys);
  made.score = who.score;
  family_.candidates_.erase(hash_of_series(who.entry->series));
}

/// Only a series that moved in this cycle is admitted: its names are at hand.
void accumulated_family::cycle::choose_members() {
  std::vector<newcomer> ranked;
  ranked.reserve(newcomers_.size());
  for (auto& [hash, seen] : newcomers_) {
    auto& score = family_.candidates_[hash];
    score += seen.score;
    seen.score = score;
    ranked.push_back(seen);
  }
  std::sort(ranked.begin(), ranked.end(),
            [](const newcomer& one, const newcomer& other) {
              return one.score != other.score
                       ? one.score > other.score
                       : one.entry->series < other.entry->series;
            });
  for (const auto& who : ranked) {
    if (family_.kept_.size() >= limits_.kept_max && !evict_below(who.score)) {
      break;
    }
    if (family_.kept_.size() < limits_.kept_max) {
      admit(who);
    }
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
  std::vector<std::pair<double, std::uint64_t>> by_score;
  by_score.reserve(candidates.size());
  for (const auto& [hash, score] : candidates) {
    by_score.emplace_back(score, hash);
  }
  std::nth_element(by_score.begin(),
                   by_score.begin() + static_cast<std::ptrdiff_t>(surplus),
                   by_score.end());
  for (std::size_t i = 0; i < surplus; ++i) {
    candidates.erase(by_score[i].second);
  }
  family_.candidates_forgotten_ += surplus;
}

} // namespace pgmuster
