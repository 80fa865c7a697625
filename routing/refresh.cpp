// Decides cell by cell what of a row is sent, beside what was held of it.
#include "routing/refresh.hpp"

#include "routing/row_identity.hpp"
#include "routing/row_reset.hpp"
#include "routing/tight_bytes.hpp"

#include <algorithm>
#include <bit>
#include <utility>

namespace pgmuster {
namespace {

bool same(const number& left, const number& right) noexcept {
  // The union's bytes, so that NaN equals itself.
  return left.is == right.is
         && (left.is == number::kind::real
               ? std::bit_cast<std::uint64_t>(left.real)
                   == std::bit_cast<std::uint64_t>(right.real)
               : left.integer == right.integer);
}

bool has_sums(const block_layout& layout) noexcept {
  return std::any_of(layout.metrics.begin(), layout.metrics.end(),
                     [](const metric_descriptor& metric) {
                       return metric.kind != instrument::gauge;
                     });
}

std::uint64_t present(const point_row& row) noexcept {
  return static_cast<std::uint64_t>(
    std::count_if(row.values.begin(), row.values.end(),
                  [](const number& value) { return value.present(); }));
}

} // namespace

bool due_for_refresh(nanoseconds age,
                     nanoseconds cycle,
                     nanoseconds after,
                     std::uint64_t hash) noexcept {
  const auto spread = std::max(after / 8, nanoseconds{1});
  const nanoseconds own{static_cast<nanoseconds::rep>(
    hash % static_cast<std::uint64_t>(spread.count()))};
  return age >= after && (age >= after + own || age + cycle > after + spread);
}

/// All of it goes: the first sight of a row, or a reset.
void refresh_filter::pass(held_row& held,
                          const block_layout& layout,
                          const point_row& row) {
  room_->cells.assign(row.values.size(), {});
  for (std::size_t c = 0; c < row.values.size(); ++c) {
    if (layout.metrics[layout.columns[c].metric].kind == instrument::gauge) {
      continue;
    }
    room_->cells[c] = {row.values[c], row.values[c].present()};
  }
  pack_cells(layout, room_->cells, room_->packed);
  held.cells = room_->packed;
  held.refreshed = row.time;
  held.seen = row.time;
}

/// Leaves in `row` what is to be sent; returns the step row if there is one.
std::optional<point_row> refresh_filter::compare(held_row& held,
                                                 const block_layout& layout,
                                                 point_row& row) {
  unpack_cells(layout, held.cells, room_->cells);
  const bool other_start =
    std::exchange(held.source_start, row.start) != row.start;
  if (began_anew(layout, room_->cells, row, other_start)) {
    held.start = std::min(held.seen, row.time);
    row.start = held.start;
    pass(held, layout, row);
    return std::nullopt;
  }
  row.start = held.start;
  const bool refresh =
    due_for_refresh(row.time - held.refreshed, row.time - held.seen,
                    limits_.refresh_after, held.hash);
  point_row step;
  for (std::size_t c = 0; c < row.values.size(); ++c) {
    if (layout.metrics[layout.columns[c].metric].kind == instrument::gauge) {
      // Only sums are held back: a gauge that is silent cannot be told from one
      // whose subject is gone.
      continue;
    }
    auto& cell = room_->cells[c];
    auto& value = row.values[c];
    const bool changed = !same(cell.value, value);
    if (changed && cell.value.present() && value.present() && !cell.sent) {
      step.values.resize(row.values.size());
      step.values[c] = cell.value;
    }
    cell = {value, value.present() && (changed || refresh)};
    if (!cell.sent) {
      value = number{};
    }
  }
  const auto previous = std::exchange(held.seen, row.time);
  pack_cells(layout, room_->cells, room_->packed);
  held.cells = room_->packed;
  held.refreshed = refresh ? row.time : held.refreshed;
  if (step.values.empty() || previous >= row.time) {
    return std::nullopt;
  }
  step.values_of_keys = row.values_of_keys;
  step.start = row.start;
  step.time = previous;
  return step;
}

void refresh_filter::sift(const block_layout& layout,
                          point_row row,
                          std::uint64_t hash,
                          std::vector<point_row>& kept,
                          tally& went) {
  const auto observed = present(row);
  const auto* const known = room_->before.take(hash);
  if (known != nullptr && !row.begins) {
    auto held = *known;
    if (auto step = compare(held, layout, row)) {
      went.made += present(*step);
      kept.push_back(std::move(*step));
    }
    room_->after.add(held);
  } else if (known != nullptr || rows_ < limits_.rows_max) {
    held_row held;
    held.hash = hash;
    held.source_start = row.start;
    held.start = row.start;
    pass(held, layout, row);
    room_->after.add(held);
    rows_ += known == nullptr ? 1U : 0U;
  } else {
    ++unfiltered_;
  }
  const auto sent = present(row);
  went.passed += sent;
  went.unchanged += observed - sent;
  if (sent != 0) {
    kept.push_back(std::move(row));
  }
}

refresh_filter::tally refresh_filter::filter(point_block& block,
                                             wall_time now,
                                             std::uint64_t phase_hash,
                                             std::size_t ours) {
  forget_unused(now);
  tally went;
  const auto& layout = *block.layout;
  if (!has_sums(layout)) {
    const auto observed = block.rows.size() - ours;
    for (std::size_t at = 0; at < block.rows.size(); ++at) {
      (at < observed ? went.passed : went.made) += present(block.rows[at]);
    }
    return went;
  }
  const auto seed = hash_of_layout(layout, phase_hash);
  auto& held = blocks_[seed];
  room_->before.read(held.packed);
  room_->after.begin();
  std::vector<point_row> kept;
  kept.reserve(block.rows.size());
  tally made;
  const auto observed = block.rows.size() - ours;
  for (std::size_t at = 0; at < block.rows.size(); ++at) {
    auto& row = block.rows[at];
    const auto hash = hash_of_row(row, seed);
    sift(layout, std::move(row), hash, kept, at < observed ? went : made);
  }
  went.made += made.passed + made.made;
  keep_unseen(now);
  store(held, now);
  block.rows.swap(kept);
  return went;
}

/// They may come again: a row is absent for a while when a view skips it.
void refresh_filter::keep_unseen(wall_time now) {
  const auto oldest = now - limits_.forgotten_after * limits_.refresh_after;
  room_->before.each_left([&](const held_row& row) {
    if (row.seen < oldest) {
      --rows_;
    } else {
      room_->after.add(row);
    }
  });
}

void refresh_filter::store(held_block& held, wall_time now) {
  const auto made = room_->after.bytes();
  held.rows = room_->after.rows();
  held.used = now;
  hold_tightly(held.packed, made);
}

void refresh_filter::forget_unused(wall_time now) {
  if (now - swept_ < limits_.refresh_after) {
    return;
  }
  swept_ = now;
  const auto oldest = now - limits_.forgotten_after * limits_.refresh_after;
  std::erase_if(blocks_, [&](const auto& one) {
    const auto& held = one.second;
    rows_ -= held.used < oldest ? held.rows : 0;
    return held.used < oldest;
  });
}

std::size_t refresh_filter::bytes() const noexcept {
  std::size_t total = blocks_.bucket_count() * sizeof(void*);
  for (const auto& [hash, held] : blocks_) {
    total += sizeof(hash) + sizeof(held) + 2 * sizeof(void*);
    // Short ones lie within the string itself.
    total += held.packed.capacity() > 15 ? held.packed.capacity() + 1 : 0;
  }
  return total;
}

} // namespace pgmuster
