// Who has series: first those that did most in their life, then by decayed
// cost; who does not come again goes.
#include "routing/bounded_rows_cycle.hpp"
#include "routing/row_identity.hpp"

#include <algorithm>
#include <utility>

namespace pgmuster {

namespace {

/// In so many blocks a member may be absent: a size is not asked for while its
/// table is locked.
constexpr unsigned absences_max = 2;

double cost_of(const number& value) noexcept {
  const double cost = value.is == number::kind::real
                        ? value.real
                        : static_cast<double>(value.integer);
  return value.present() && cost > 0 ? cost : 0;
}

} // namespace

void bounded_rows::cycle::identify() {
  known_.reserve(block_.rows.size());
  for (const auto& row : block_.rows) {
    known_.push_back({hash_of_row(row, 0), false, false});
  }
  if (first_) {
    keep_first();
  }
  for (auto& one : known_) {
    one.member = family_.members_.contains(one.hash);
  }
}

/// Nothing has risen yet: places go to those that did most in all their life.
void bounded_rows::cycle::keep_first() {
  std::vector<std::pair<double, std::uint64_t>> seen;
  seen.reserve(known_.size());
  for (std::size_t at = 0; at < known_.size(); ++at) {
    if (new_hashes_.insert(known_[at].hash).second) {
      double life = 0;
      for (const auto column : layout_.bounded->ranked_by) {
        life += cost_of(block_.rows[at].values[column]);
      }
      seen.emplace_back(life, known_[at].hash);
    }
  }
  new_hashes_.clear();
  std::stable_sort(
    seen.begin(), seen.end(),
    [](const auto& one, const auto& other) { return one.first > other.first; });
  newcomers ranked;
  ranked.reserve(seen.size());
  for (const auto& [life, hash] : seen) {
    ranked.push_back({hash, 0});
  }
  static_cast<void>(family_.members_.choose(std::move(ranked), limits_));
}

/// In the cycle in which places first become scarce what kept rows did is not
/// known, so that newcomers do not count either.
double bounded_rows::cycle::rank_of(const point_row& row) const {
  double cost = 0;
  for (const auto column : layout_.bounded->ranked_by) {
    if (kind(column) != instrument::counter) {
      cost += cost_of(row.values[column]);
    } else if (family_.crowded_) {
      cost += cost_of(rises_[column]);
    }
  }
  return cost;
}

void bounded_rows::cycle::choose() {
  if (!newcomers_.empty()) {
    static_cast<void>(family_.members_.choose(std::move(newcomers_), limits_));
  }
  for (auto& one : known_) {
    one.stays = family_.members_.contains(one.hash);
  }
}

/// One that does not come again gives its place to others.
void bounded_rows::cycle::note_absent() {
  std::vector<std::uint64_t> present;
  present.reserve(known_.size());
  for (const auto& one : known_) {
    if (one.stays) {
      present.push_back(one.hash);
    }
  }
  if (present.size() == family_.members_.size() && family_.absent_.empty()) {
    return;
  }
  std::sort(present.begin(), present.end());
  auto absent = std::exchange(family_.absent_, {});
  for (const auto hash : family_.members_.without(present)) {
    const auto times = absent[hash] + 1;
    if (times > absences_max) {
      family_.members_.remove(hash, limits_);
    } else {
      family_.absent_[hash] = times;
    }
  }
}

} // namespace pgmuster
