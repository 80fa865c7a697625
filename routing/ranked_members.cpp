// Scores decay; newcomers are weighed against those that have a place.
#include "routing/ranked_members.hpp"

#include "routing/hash_order.hpp"

#include <algorithm>
#include <limits>
#include <utility>

namespace pgmuster {

namespace {

/// Below it a score no longer says anything.
constexpr double score_least = 1e-3;

/// The lower score; among equals the lower hash.
constexpr auto below = [](const auto& one, const auto& other) {
  return std::pair{one.score, one.hash} < std::pair{other.score, other.hash};
};

/// Of a heap whose first is the lowest.
constexpr auto above = [](const auto& one, const auto& other) {
  return below(other, one);
};

} // namespace

void ranked_members::sort_by_hash(list& what) {
  std::sort(what.begin(), what.end(),
            [](const ranked& one, const ranked& other) {
              return one.hash < other.hash;
            });
}

void ranked_members::decay(double share) {
  for (auto& one : members_) {
    one.score *= share;
  }
  for (auto& one : candidates_) {
    one.score *= share;
  }
  std::erase_if(candidates_,
                [](const ranked& one) { return one.score < score_least; });
}

bool ranked_members::contains(std::uint64_t hash) const {
  const auto found = place_of(members_.begin(), members_.end(), hash);
  return found != members_.end() && found->hash == hash;
}

bool ranked_members::add(std::uint64_t hash, double cost) {
  const auto found = place_of(members_.begin(), members_.end(), hash);
  if (found == members_.end() || found->hash != hash) {
    return false;
  }
  found->score += cost;
  return true;
}

/// Makes room by the lowest member, the first of the heap, if `score` is enough
/// above it.
bool ranked_members::evict_below(double score,
                                 const member_limits& limits,
                                 std::vector<change>& made) {
  if (members_.empty() || score <= members_.front().score * limits.hysteresis) {
    return false;
  }
  made.push_back({members_.front().hash, false});
  candidates_.push_back(members_.front());
  std::pop_heap(members_.begin(), members_.end(), above);
  members_.pop_back();
  lease_.give_back(limits.series_each);
  return true;
}

/// A place for one more, by the bound and by the budget.
bool ranked_members::make_place(double score,
                                const member_limits& limits,
                                std::vector<change>& made) {
  const bool room = members_.size() < limits.most;
  if (room && lease_.try_take(limits.series_each)) {
    return true;
  }
  over_budget_ += room ? 1U : 0U;
  return evict_below(score, limits, made) && members_.size() < limits.most
         && lease_.try_take(limits.series_each);
}

/// What they cost becomes their whole score, which they have as candidates.
void ranked_members::score(std::vector<newcomer>& seen) {
  const auto known = static_cast<std::ptrdiff_t>(candidates_.size());
  for (auto& one : seen) {
    const auto end = candidates_.begin() + known;
    const auto found = place_of(candidates_.begin(), end, one.hash);
    if (found != end && found->hash == one.hash) {
      found->score += one.cost;
      one.cost = found->score;
    } else {
      candidates_.push_back({one.hash, one.cost});
    }
  }
  sort_by_hash(candidates_);
}

std::vector<ranked_members::change>
ranked_members::choose(std::vector<newcomer> seen,
                       const member_limits& limits) {
  std::vector<change> made;
  score(seen);
  std::stable_sort(seen.begin(), seen.end(),
                   [](const newcomer& one, const newcomer& other) {
                     return one.cost > other.cost;
                   });
  std::vector<std::uint64_t> admitted;
  std::make_heap(members_.begin(), members_.end(), above);
  for (const auto& who : seen) {
    if (!make_place(who.cost, limits, made)) {
      break;
    }
    made.push_back({who.hash, true});
    members_.push_back({who.hash, who.cost});
    std::push_heap(members_.begin(), members_.end(), above);
    admitted.push_back(who.hash);
  }
  while (members_.size() > limits.most) {
    evict_below(std::numeric_limits<double>::infinity(), limits, made);
  }
  std::sort(admitted.begin(), admitted.end());
  std::erase_if(candidates_, [&](const ranked& one) {
    return std::binary_search(admitted.begin(), admitted.end(), one.hash);
  });
  bound_candidates(limits.most * limits.candidates_per_member);
  sort_by_hash(candidates_);
  sort_by_hash(members_);
  for (auto* const one : {&candidates_, &members_}) {
    if (one->capacity() > one->size() + one->size() / 4 + 4) {
      one->shrink_to_fit();
    }
  }
  return made;
}

void ranked_members::bound_candidates(std::size_t most) {
  if (candidates_.size() <= most) {
    return;
  }
  const auto surplus = candidates_.size() - most;
  const auto from = candidates_.begin() + static_cast<std::ptrdiff_t>(surplus);
  std::nth_element(candidates_.begin(), from, candidates_.end(), below);
  candidates_.erase(candidates_.begin(), from);
  forgotten_ += surplus;
}

std::vector<std::uint64_t>
ranked_members::without(const std::vector<std::uint64_t>& present) const {
  std::vector<std::uint64_t> absent;
  for (const auto& one : members_) {
    if (!std::binary_search(present.begin(), present.end(), one.hash)) {
      absent.push_back(one.hash);
    }
  }
  return absent;
}

void ranked_members::remove(std::uint64_t hash, const member_limits& limits) {
  const auto found = place_of(members_.begin(), members_.end(), hash);
  if (found != members_.end() && found->hash == hash) {
    members_.erase(found);
    lease_.give_back(limits.series_each);
  }
}

void ranked_members::clear() {
  lease_.give_back(lease_.held());
  members_.clear();
  candidates_.clear();
}

} // namespace pgmuster
