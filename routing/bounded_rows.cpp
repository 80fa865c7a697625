// A block in order: what each row rose by, into whose sums that goes, and only
// then who is kept.
#include "routing/bounded_rows_cycle.hpp"
#include "routing/layout_match.hpp"
#include "routing/row_reset.hpp"
#include "routing/tight_bytes.hpp"
#include "routing/varint.hpp"

#include <algorithm>
#include <utility>

namespace pgmuster {

namespace {

number sum_of(const number& left, const number& right) noexcept {
  if (!left.present() || !right.present()) {
    return left.present() ? left : right;
  }
  if (left.is != right.is) {
    return right;
  }
  return left.is == number::kind::real
           ? number::of(left.real + right.real)
           : number::of(wrapping_add(left.integer, right.integer));
}

bool less(const number& left, const number& right) noexcept {
  return left.is == number::kind::real ? left.real < right.real
                                       : left.integer < right.integer;
}

/// What `later` is above `before`.
number rise_of(const number& before, const number& later) noexcept {
  if (before.is != later.is) {
    return later;
  }
  return later.is == number::kind::real
           ? number::of(later.real - before.real)
           : number::of(wrapping_subtract(later.integer, before.integer));
}

std::uint64_t present_in(const point_row& row) noexcept {
  return static_cast<std::uint64_t>(
    std::count_if(row.values.begin(), row.values.end(),
                  [](const number& value) { return value.present(); }));
}

} // namespace

/// A probe with other columns than before begins anew.
void bounded_rows::cycle::start() {
  first_ =
    family_.layout_ == nullptr || !same_columns(family_.layout_, block_.layout);
  if (first_) {
    family_.members_.clear();
    family_.absent_.clear();
    family_.crowded_ = false;
    family_.start_ = now_;
    family_.others_.clear();
    for (std::size_t c = 0; c < columns_; ++c) {
      family_.others_.push_back(kind(c) == instrument::counter ? zero(c)
                                                               : number{});
    }
  }
  family_.layout_ = block_.layout;
  family_.members_.decay(limits_.decay);
  others_before_ = family_.others_;
  before_.read(family_.crowded_ ? std::string_view{family_.held_}
                                : std::string_view{});
  kept_.resize(columns_);
  all_.resize(columns_);
  rest_.resize(columns_);
}

void bounded_rows::cycle::find_rises(const point_row& row, std::uint64_t hash) {
  rises_.assign(columns_, {});
  if (first_ || incarnation_ != family_.incarnation_) {
    return;
  }
  const auto* const held = family_.crowded_ ? before_.take(hash) : nullptr;
  if (held == nullptr) {
    if (family_.complete_) {
      rises_ = row.values;
    }
    return;
  }
  unpack_cells(layout_, held->cells, cells_);
  const bool anew =
    began_anew(layout_, cells_, row, held->source_start != row.start);
  for (std::size_t c = 0; c < columns_; ++c) {
    if (row.values[c].present()) {
      rises_[c] =
        anew ? row.values[c] : rise_of(cells_[c].value, row.values[c]);
    }
  }
}

/// Counters by what they rose by, the rest by what it is.
void bounded_rows::cycle::add(const point_row& row,
                              std::vector<number>& into) const {
  for (std::size_t c = 0; c < columns_; ++c) {
    const auto& value =
      kind(c) == instrument::counter ? rises_[c] : row.values[c];
    if (!layout_.columns[c].highest) {
      into[c] = sum_of(into[c], value);
    } else if (!into[c].present()
               || (value.present() && less(into[c], value))) {
      into[c] = value;
    }
  }
}

void bounded_rows::cycle::take_rises(std::size_t at) {
  const auto& row = block_.rows[at];
  const auto& [hash, member, stays] = known_[at];
  if (member && !family_.crowded_) {
    // There is room for all: nobody asks what it rose by.
    family_.members_.add(hash, rank_of(row));
    return;
  }
  find_rises(row, hash);
  add(row, all_);
  if (member) {
    add(row, kept_);
    family_.members_.add(hash, rank_of(row));
    return;
  }
  add(row, rest_);
  if (!first_ && new_hashes_.insert(hash).second) {
    newcomers_.push_back({hash, rank_of(row)});
  }
}

void bounded_rows::cycle::add_to_other() {
  for (std::size_t c = 0; c < columns_; ++c) {
    if (kind(c) == instrument::counter) {
      family_.others_[c] = sum_of(family_.others_[c], rest_[c]);
    }
  }
}

/// Integers only: what doubles add up to depends on the order.
void bounded_rows::cycle::check() {
  for (std::size_t c = 0; c < columns_; ++c) {
    const auto& column = layout_.columns[c];
    if (layout_.metrics[column.metric].real || column.highest) {
      continue;
    }
    const auto whole = [](const number& value) {
      return value.present() ? value.integer : 0;
    };
    const auto rest =
      kind(c) == instrument::counter
        ? wrapping_subtract(whole(family_.others_[c]), whole(others_before_[c]))
        : whole(rest_[c]);
    outcome_.violations +=
      wrapping_add(whole(kept_[c]), rest) != whole(all_[c]) ? 1U : 0U;
  }
}

/// What the next block is compared with, where that is needed.
void bounded_rows::cycle::hold() {
  family_.complete_ = block_.complete;
  family_.incarnation_ = incarnation_;
  family_.crowded_ =
    std::any_of(known_.begin(), known_.end(),
                [](const known_row& one) { return !one.stays; });
  if (!family_.crowded_) {
    std::string{}.swap(family_.held_);
    return;
  }
  held_rows_writer after;
  after.begin();
  std::string packed;
  for (std::size_t at = 0; at < known_.size(); ++at) {
    const auto& row = block_.rows[at];
    cells_.assign(columns_, {});
    for (std::size_t c = 0; c < columns_; ++c) {
      if (kind(c) == instrument::counter) {
        cells_[c].value = row.values[c];
      }
    }
    pack_cells(layout_, cells_, packed);
    after.add({known_[at].hash, row.start, row.start, now_, now_, packed});
  }
  hold_tightly(family_.held_, after.bytes());
}

/// Leaves in `rows` those that are told.
void bounded_rows::cycle::part(std::vector<point_row>& rows) {
  std::size_t told = 0;
  for (std::size_t at = 0; at < rows.size(); ++at) {
    auto& row = rows[at];
    const auto& [hash, member, stays] = known_[at];
    const auto cells = present_in(row);
    if (!member && !stays) {
      outcome_.folded += cells;
      continue;
    }
    if (!member) {
      row.begins = true;
      for (std::size_t c = 0; c < columns_; ++c) {
        row.values[c] =
          kind(c) == instrument::counter ? row.values[c] : number{};
      }
      outcome_.folded += cells - present_in(row);
    }
    if (told != at) {
      rows[told] = std::move(row);
    }
    ++told;
  }
  rows.resize(told);
  rows.push_back(other());
}

point_row bounded_rows::cycle::other() const {
  point_row made;
  made.values_of_keys.resize(layout_.keys.size());
  made.values_of_keys.front() = block_.database;
  made.values_of_keys.back() = "other";
  made.values = family_.others_;
  made.start = family_.start_;
  made.time = now_;
  for (std::size_t c = 0; c < columns_; ++c) {
    if (kind(c) == instrument::counter) {
      continue;
    }
    made.values[c] = rest_[c];
    if (kind(c) == instrument::updown && !rest_[c].present()) {
      made.values[c] = zero(c);
    }
  }
  return made;
}

bounded_outcome bounded_rows::cycle::run() {
  start();
  identify();
  for (std::size_t at = 0; at < known_.size(); ++at) {
    take_rises(at);
  }
  add_to_other();
  check();
  choose();
  note_absent();
  hold();
  part(block_.rows);
  return outcome_;
}

bounded_outcome bounded_rows::bound(point_block& block,
                                    member_limits limits,
                                    wall_time now,
                                    std::uint64_t incarnation) {
  limits.series_each = block.layout->columns.size();
  return cycle{*this, block, limits, now, incarnation}.run();
}

} // namespace pgmuster
