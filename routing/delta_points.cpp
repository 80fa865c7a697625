// A row is split in two: its counters become deltas since the row's previous
// time, the rest goes as it is.
#include "routing/delta_points.hpp"

#include "routing/row_identity.hpp"

#include <algorithm>
#include <utility>

namespace pgmuster {
namespace {

/// `later` minus `before`; of another kind, or fallen without a word: the whole
/// of it.
number difference(const number& later, const number& before) noexcept {
  if (later.is != before.is) {
    return later;
  }
  if (later.is == number::kind::real) {
    return later.real < before.real ? later
                                    : number::of(later.real - before.real);
  }
  return later.integer < before.integer
           ? later
           : number::of(static_cast<std::int64_t>(
             static_cast<std::uint64_t>(later.integer)
             - static_cast<std::uint64_t>(before.integer)));
}

bool is_zero(const number& value) noexcept {
  return value.is == number::kind::real ? value.real == 0 : value.integer == 0;
}

bool any(const point_row& row) noexcept {
  return std::any_of(row.values.begin(), row.values.end(),
                     [](const number& value) { return value.present(); });
}

} // namespace

point_row delta_points::advance(const block_layout& layout,
                                last_row& held,
                                const point_row& row,
                                left_out& rest) {
  const bool known = !held.packed.empty() && !row.begins
                     && (held.incarnation == incarnation_ || incarnation_ == 0
                         || held.incarnation == 0);
  const bool reset = known && row.start != held.start && row.start >= held.time;
  if (known && !reset) {
    unpack_cells(layout, held.packed, cells_);
  } else {
    cells_.assign(layout.columns.size(), {});
  }
  point_row made;
  made.values_of_keys = row.values_of_keys;
  made.values.resize(row.values.size());
  made.start = reset ? row.start : held.time;
  made.time = row.time;
  const bool later = !known || row.time > held.time;
  for (std::size_t c = 0; c < row.values.size(); ++c) {
    if (!counts_[c] || !row.values[c].present()) {
      continue;
    }
    const auto added = !known  ? number{}
                       : reset ? row.values[c]
                       : later && cells_[c].value.present()
                         ? difference(row.values[c], cells_[c].value)
                         : number{};
    if (later || !cells_[c].value.present()) {
      cells_[c].value = row.values[c];
    }
    if (added.present() && !is_zero(added)) {
      made.values[c] = added;
    } else {
      ++rest.unchanged;
    }
  }
  pack_cells(layout, cells_, packing_);
  // Exactly as long as it must be: it is kept for as long as the row is.
  held.packed = std::string{packing_};
  held.start = row.start;
  held.time = std::max(held.time, row.time);
  held.incarnation = incarnation_ != 0 ? incarnation_ : held.incarnation;
  return made;
}

/// Null if there is no room for another row.
delta_points::last_row* delta_points::place_for(std::uint64_t hash) {
  const auto found = rows_.find(hash);
  if (found != rows_.end()) {
    return &found->second;
  }
  if (rows_.size() >= limits_.rows_max
      && now_ - made_room_ >= limits_.quiet / 3) {
    made_room_ = now_;
    forget(now_ - limits_.quiet);
  }
  return rows_.size() < limits_.rows_max ? &rows_[hash] : nullptr;
}

void delta_points::convert_row(const point_block& from,
                               const point_row& row,
                               std::uint64_t hash,
                               outcome& into) {
  auto& block = into.blocks.back();
  std::uint64_t sums = 0;
  for (std::size_t c = 0; c < row.values.size(); ++c) {
    sums += counts_[c] && row.values[c].present() ? 1U : 0U;
  }
  if (sums == 0) {
    block.rows.push_back(row);
    return;
  }
  point_row other = row;
  for (std::size_t c = 0; c < other.values.size(); ++c) {
    if (counts_[c]) {
      other.values[c] = {};
    }
  }
  if (any(other)) {
    block.rows.push_back(std::move(other));
  }
  auto* const held = place_for(hash);
  if (held == nullptr) {
    into.rest.beyond_limit += sums;
    return;
  }
  auto made = advance(*from.layout, *held, row, into.rest);
  if (any(made)) {
    block.rows.push_back(std::move(made));
  }
}

delta_points::outcome delta_points::convert(const observation& seen) {
  now_ = seen.time;
  incarnation_ = seen.incarnation;
  if (now_ - swept_ >= limits_.forgotten_after / 8) {
    swept_ = now_;
    forget(now_ - limits_.forgotten_after);
  }
  outcome made;
  made.blocks.reserve(seen.blocks.size());
  for (const auto& block : seen.blocks) {
    const auto& layout = *block.layout;
    made.blocks.push_back({block.layout, {}});
    counts_.assign(layout.columns.size(), false);
    for (std::size_t c = 0; c < layout.columns.size(); ++c) {
      counts_[c] =
        layout.metrics[layout.columns[c].metric].kind == instrument::counter;
    }
    const auto seed = hash_of_layout(layout, seen.of->hash);
    for (const auto& row : block.rows) {
      convert_row(block, row, hash_of_row(row, seed), made);
    }
    if (made.blocks.back().rows.empty()) {
      made.blocks.pop_back();
    }
  }
  return made;
}

void delta_points::forget(wall_time before) {
  std::erase_if(rows_,
                [&](const auto& row) { return row.second.time < before; });
}

std::size_t delta_points::bytes() const noexcept {
  std::size_t total = rows_.bucket_count() * sizeof(void*);
  for (const auto& [hash, held] : rows_) {
    total += sizeof(hash) + sizeof(held) + 2 * sizeof(void*);
    // Short ones lie within the string itself.
    total += held.packed.capacity() > 15 ? held.packed.capacity() + 1 : 0;
  }
  return total;
}

} // namespace pgmuster
