// Decodes what a row held, decides cell by cell, and packs what it holds now.
#include "routing/refresh.hpp"

#include "routing/packed_cells.hpp"
#include "routing/row_identity.hpp"

#include <algorithm>
#include <bit>
#include <iterator>
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

/// What a row held, cell by cell; absent where it held nothing.
void refresh_filter::unpack(const std::string& packed, std::size_t columns) {
  cells_.assign(columns, {});
  if (packed.empty()) {
    return;
  }
  const char* from = packed.data();
  for (auto& cell : cells_) {
    from = get_cell(from, cell.value, cell.sent);
  }
}

/// Exactly as long as it must be: it is kept for as long as the row is.
void refresh_filter::pack_into(std::string& packed) {
  packing_.resize(cells_.size() * packed_cell_bytes_max);
  char* to = packing_.data();
  for (const auto& cell : cells_) {
    to = put_cell(to, cell.value, cell.sent);
  }
  const std::string_view made{packing_.data(),
                              static_cast<std::size_t>(to - packing_.data())};
  if (made.size() <= packed.capacity()) {
    packed.assign(made);
  } else {
    packed = std::string{made};
  }
}

bool refresh_filter::counter_fell(const block_layout& layout,
                                  const point_row& row) const noexcept {
  for (std::size_t c = 0; c < cells_.size(); ++c) {
    const auto& was = cells_[c].value;
    const auto& is = row.values[c];
    if (layout.metrics[layout.columns[c].metric].kind != instrument::counter
        || was.is != is.is) {
      continue;
    }
    if (is.is == number::kind::real ? is.real < was.real
                                    : is.integer < was.integer) {
      return true;
    }
  }
  return false;
}

/// All of it goes: the first sight of a row, or a reset.
void refresh_filter::pass(held_row& held,
                          const block_layout& layout,
                          const point_row& row) {
  cells_.assign(row.values.size(), {});
  for (std::size_t c = 0; c < row.values.size(); ++c) {
    if (layout.metrics[layout.columns[c].metric].kind == instrument::gauge) {
      continue;
    }
    cells_[c] = {row.values[c], row.values[c].present()};
  }
  pack_into(held.packed);
  held.refreshed = row.time;
  held.seen = row.time;
}

/// Leaves in `row` what is to be sent; returns the step row if there is one.
std::optional<point_row> refresh_filter::compare(held_row& held,
                                                 const block_layout& layout,
                                                 point_row& row,
                                                 std::uint64_t hash) {
  unpack(held.packed, row.values.size());
  const bool other_start =
    std::exchange(held.source_start, row.start) != row.start;
  if (other_start || counter_fell(layout, row)) {
    held.start = std::min(held.seen, row.time);
    row.start = held.start;
    pass(held, layout, row);
    return std::nullopt;
  }
  row.start = held.start;
  const bool refresh =
    due_for_refresh(row.time - held.refreshed, row.time - held.seen,
                    limits_.refresh_after, hash);
  point_row step;
  for (std::size_t c = 0; c < row.values.size(); ++c) {
    if (layout.metrics[layout.columns[c].metric].kind == instrument::gauge) {
      // Only sums are held back: a gauge that is silent cannot be told from one
      // whose subject is gone.
      continue;
    }
    auto& cell = cells_[c];
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
  pack_into(held.packed);
  held.refreshed = refresh ? row.time : held.refreshed;
  if (step.values.empty() || previous >= row.time) {
    return std::nullopt;
  }
  step.values_of_keys = row.values_of_keys;
  step.start = row.start;
  step.time = previous;
  return step;
}

refresh_filter::tally refresh_filter::filter(point_block& block,
                                             wall_time now,
                                             std::uint64_t phase_hash) {
  forget_unseen(now);
  tally went;
  const auto& layout = *block.layout;
  const auto seed = hash_of_layout(layout, phase_hash);
  std::vector<point_row> kept;
  kept.reserve(block.rows.size());
  for (auto& row : block.rows) {
    const auto observed = present(row);
    const auto hash = hash_of_row(row, seed);
    auto found = rows_.find(hash);
    if (found != rows_.end()) {
      if (auto step = compare(found->second, layout, row, hash)) {
        went.made += present(*step);
        kept.push_back(std::move(*step));
      }
    } else if (rows_.size() < limits_.rows_max) {
      auto& held = rows_[hash];
      held.source_start = row.start;
      held.start = row.start;
      pass(held, layout, row);
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
  block.rows.swap(kept);
  return went;
}

void refresh_filter::forget_unseen(wall_time now) {
  if (now - swept_ < limits_.refresh_after) {
    return;
  }
  swept_ = now;
  const auto oldest = now - limits_.forgotten_after * limits_.refresh_after;
  std::erase_if(rows_,
                [&](const auto& row) { return row.second.seen < oldest; });
}

std::size_t refresh_filter::bytes() const noexcept {
  std::size_t total = rows_.bucket_count() * sizeof(void*);
  for (const auto& [hash, held] : rows_) {
    total += sizeof(hash) + sizeof(held) + 2 * sizeof(void*);
    // Short ones lie within the string itself.
    total += held.packed.capacity() > 15 ? held.packed.capacity() + 1 : 0;
  }
  return total;
}

} // namespace pgmuster
