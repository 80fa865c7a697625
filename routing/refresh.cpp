// Decodes what a row held, decides cell by cell, and packs what it holds now.
#include "routing/refresh.hpp"

#include "routing/varint.hpp"

#include <xxhash.h>

#include <algorithm>
#include <bit>
#include <iterator>
#include <utility>

namespace pgmuster {
namespace {

constexpr unsigned char kind_bits = 0x3U;
constexpr unsigned char sent_bit = 0x4U;

bool same(const number& left, const number& right) noexcept {
  // The union's bytes, so that NaN equals itself.
  return left.is == right.is
         && (left.is == number::kind::real
               ? std::bit_cast<std::uint64_t>(left.real)
                   == std::bit_cast<std::uint64_t>(right.real)
               : left.integer == right.integer);
}

template <class Cell>
char* put_cell(char* to, const Cell& cell) noexcept {
  auto tag = static_cast<unsigned char>(cell.value.is);
  if (cell.sent) {
    tag |= sent_bit;
  }
  *to++ = static_cast<char>(tag);
  switch (cell.value.is) {
  case number::kind::absent:
    return to;
  case number::kind::integer:
    return put_varint(to, zigzag(cell.value.integer));
  case number::kind::real: {
    const auto bits = std::bit_cast<std::uint64_t>(cell.value.real);
    for (unsigned shift = 0; shift < 64U; shift += 8U) {
      *to++ = static_cast<char>((bits >> shift) & 0xffU);
    }
    return to;
  }
  }
  return to;
}

template <class Cell>
const char* get_cell(const char* from, Cell& cell) noexcept {
  const auto tag = static_cast<unsigned char>(*from++);
  cell.sent = (tag & sent_bit) != 0;
  switch (static_cast<number::kind>(tag & kind_bits)) {
  case number::kind::absent:
    cell.value = number{};
    return from;
  case number::kind::integer: {
    std::uint64_t raw = 0;
    from = get_varint(from, raw);
    cell.value = number::of(unzigzag(raw));
    return from;
  }
  case number::kind::real: {
    std::uint64_t bits = 0;
    for (unsigned shift = 0; shift < 64U; shift += 8U) {
      bits |= static_cast<std::uint64_t>(static_cast<unsigned char>(*from++))
              << shift;
    }
    cell.value = number::of(std::bit_cast<double>(bits));
    return from;
  }
  }
  return from;
}

std::uint64_t layout_hash(const block_layout& layout,
                          std::uint64_t seed) noexcept {
  auto hash =
    XXH3_64bits_withSeed(layout.probe.data(), layout.probe.size(), seed);
  for (const auto& column : layout.columns) {
    const auto& name = layout.metrics[column.metric].name;
    hash = XXH3_64bits_withSeed(name.data(), name.size(), hash);
  }
  return hash;
}

std::uint64_t row_hash(const point_row& row, std::uint64_t seed) noexcept {
  auto hash = seed;
  for (const auto& value : row.values_of_keys) {
    hash = XXH3_64bits_withSeed(value.data(), value.size(), hash);
  }
  return hash;
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
    from = get_cell(from, cell);
  }
}

/// Exactly as long as it must be: it is kept for as long as the row is.
void refresh_filter::pack_into(std::string& packed) {
  packing_.resize(cells_.size() * (1 + varint_bytes_max));
  char* to = packing_.data();
  for (const auto& cell : cells_) {
    to = put_cell(to, cell);
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
  const auto seed = layout_hash(layout, phase_hash);
  std::vector<point_row> kept;
  kept.reserve(block.rows.size());
  for (auto& row : block.rows) {
    const auto observed = present(row);
    const auto hash = row_hash(row, seed);
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
