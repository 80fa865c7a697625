// A row is told from the next by its length; times are told by differences.
#include "routing/held_rows.hpp"

#include "routing/varint.hpp"

#include <bit>
#include <cstring>

namespace pgmuster {
namespace {

constexpr unsigned char kind_bits = 0x3U;
constexpr unsigned char sent_bit = 0x4U;
/// An integer that is 0, of which there are many, has no bytes of its own.
constexpr unsigned char zero_bit = 0x8U;
/// hash, length, four times.
constexpr std::size_t header_bytes_max =
  sizeof(std::uint64_t) + 5 * varint_bytes_max;

std::int64_t count_of(wall_time time) noexcept {
  return time.time_since_epoch().count();
}

wall_time time_of(std::int64_t count) noexcept {
  return wall_time{wall_time::duration{count}};
}

const char* get_signed(const char* from, std::int64_t& value) noexcept {
  std::uint64_t raw = 0;
  from = get_varint(from, raw);
  value = unzigzag(raw);
  return from;
}

char* put_difference(char* to,
                     std::int64_t value,
                     std::int64_t before) noexcept {
  return put_varint(to, zigzag(wrapping_subtract(value, before)));
}

char* put_cell(char* to, const held_cell& cell) noexcept {
  auto tag = static_cast<unsigned char>(cell.value.is);
  tag |= cell.sent ? sent_bit : 0U;
  const bool zero =
    cell.value.is == number::kind::integer && cell.value.integer == 0;
  *to++ = static_cast<char>(zero ? tag | zero_bit : tag);
  if (cell.value.is == number::kind::integer && !zero) {
    return put_varint(to, zigzag(cell.value.integer));
  }
  if (cell.value.is == number::kind::real) {
    const auto bits = std::bit_cast<std::uint64_t>(cell.value.real);
    std::memcpy(to, &bits, sizeof bits);
    to += sizeof bits;
  }
  return to;
}

const char* get_cell(const char* from, held_cell& cell) noexcept {
  const auto tag = static_cast<unsigned char>(*from++);
  cell.sent = (tag & sent_bit) != 0;
  cell.value = number{};
  switch (static_cast<number::kind>(tag & kind_bits)) {
  case number::kind::absent:
    break;
  case number::kind::integer: {
    std::int64_t value = 0;
    if ((tag & zero_bit) == 0) {
      from = get_signed(from, value);
    }
    cell.value = number::of(value);
    break;
  }
  case number::kind::real: {
    std::uint64_t bits = 0;
    std::memcpy(&bits, from, sizeof bits);
    from += sizeof bits;
    cell.value = number::of(std::bit_cast<double>(bits));
    break;
  }
  }
  return from;
}

bool is_sum(const block_layout& layout, std::size_t column) noexcept {
  return layout.metrics[layout.columns[column].metric].kind
         != instrument::gauge;
}

} // namespace

void held_rows_reader::read(std::string_view packed) {
  rows_.clear();
  places_.clear();
  placed_ = false;
  next_ = 0;
  std::int64_t source_start = 0;
  std::int64_t seen = 0;
  const char* from = packed.data();
  const char* const end = from + packed.size();
  while (from != end) {
    held_row row;
    std::memcpy(&row.hash, from, sizeof row.hash);
    std::uint64_t length = 0;
    from = get_varint(from + sizeof row.hash, length);
    std::int64_t difference = 0;
    from = get_signed(from, difference);
    source_start = wrapping_add(source_start, difference);
    from = get_signed(from, difference);
    row.source_start = time_of(source_start);
    row.start = time_of(wrapping_add(source_start, difference));
    from = get_signed(from, difference);
    seen = wrapping_add(seen, difference);
    from = get_signed(from, difference);
    row.seen = time_of(seen);
    row.refreshed = time_of(wrapping_subtract(seen, difference));
    row.cells = {from, length};
    from += length;
    rows_.push_back(row);
  }
  taken_.assign(rows_.size(), false);
}

std::size_t held_rows_reader::find(std::uint64_t hash) {
  if (!placed_) {
    placed_ = true;
    for (std::size_t at = 0; at < rows_.size(); ++at) {
      places_.emplace(rows_[at].hash, at);
    }
  }
  const auto [from, to] = places_.equal_range(hash);
  for (auto at = from; at != to; ++at) {
    if (!taken_[at->second]) {
      return at->second;
    }
  }
  return rows_.size();
}

const held_row* held_rows_reader::take(std::uint64_t hash) {
  const bool as_before =
    next_ < rows_.size() && rows_[next_].hash == hash && !taken_[next_];
  const auto at = as_before ? next_ : find(hash);
  if (at == rows_.size()) {
    return nullptr;
  }
  taken_[at] = true;
  next_ = at + 1;
  return &rows_[at];
}

void held_rows_writer::begin() {
  bytes_.clear();
  source_start_ = 0;
  seen_ = 0;
  rows_ = 0;
}

void held_rows_writer::add(const held_row& row) {
  const auto used = bytes_.size();
  bytes_.resize(used + header_bytes_max);
  char* const begin = bytes_.data() + used;
  std::memcpy(begin, &row.hash, sizeof row.hash);
  char* to = put_varint(begin + sizeof row.hash, row.cells.size());
  const auto source_start = count_of(row.source_start);
  const auto seen = count_of(row.seen);
  to = put_difference(to, source_start, source_start_);
  to = put_difference(to, count_of(row.start), source_start);
  to = put_difference(to, seen, seen_);
  to = put_difference(to, seen, count_of(row.refreshed));
  bytes_.resize(used + static_cast<std::size_t>(to - begin));
  bytes_ += row.cells;
  source_start_ = source_start;
  seen_ = seen;
  ++rows_;
}

void pack_cells(const block_layout& layout,
                const std::vector<held_cell>& cells,
                std::string& made) {
  made.resize(cells.size() * (1 + varint_bytes_max));
  char* to = made.data();
  for (std::size_t column = 0; column < cells.size(); ++column) {
    if (is_sum(layout, column)) {
      to = put_cell(to, cells[column]);
    }
  }
  made.resize(static_cast<std::size_t>(to - made.data()));
}

void unpack_cells(const block_layout& layout,
                  std::string_view packed,
                  std::vector<held_cell>& cells) {
  cells.assign(layout.columns.size(), {});
  const char* from = packed.data();
  for (std::size_t column = 0; column < cells.size(); ++column) {
    if (is_sum(layout, column)) {
      from = get_cell(from, cells[column]);
    }
  }
}

} // namespace pgmuster
