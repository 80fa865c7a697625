// How the last values of a block's rows are kept: one run of bytes, in the
// order in which the rows came, without an allocation a row.
#pragma once

#include "codec/points.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace pgmuster {

/// What is known of a row that was seen before.
struct held_row {
  /// Of its key values, its probe and its columns.
  std::uint64_t hash = 0;
  /// As the source says it, and as it is sent.
  wall_time source_start{};
  wall_time start{};
  /// Previous observation.
  wall_time seen{};
  /// When all of its cells were last sent.
  wall_time refreshed{};
  /// Its cells, in the bytes that were unpacked.
  std::string_view cells;
};

struct held_cell {
  number value;
  /// It was in what was sent of the previous observation.
  bool sent = false;
};

/// Reads rows in order, or wherever they are.
class held_rows_reader {
public:
  /// Replaces what was read before; `packed` must outlive the use of rows.
  void read(std::string_view packed);
  /// The row of this hash that was not taken yet: the next one if the rows come
  /// as they came last, else it is looked up. Null if there is none.
  [[nodiscard]] const held_row* take(std::uint64_t hash);
  /// Those that nobody took.
  template <class Use>
  void each_left(const Use& use) const {
    for (std::size_t at = 0; at < rows_.size(); ++at) {
      if (!taken_[at]) {
        use(rows_[at]);
      }
    }
  }

private:
  [[nodiscard]] std::size_t find(std::uint64_t hash);

  std::vector<held_row> rows_;
  std::vector<bool> taken_;
  std::size_t next_ = 0;
  /// Where each is, made when a row comes out of order.
  std::unordered_multimap<std::uint64_t, std::size_t> places_;
  bool placed_ = false;
};

/// Layout a row: hash (8 B), bytes of its cells, then start by the source, the
/// start as sent less that, when seen, and that less when refreshed; each less
/// the same of the row before where that makes it short; cells. All but the
/// hash are zigzag varints.
class held_rows_writer {
public:
  void begin();
  /// `row.cells` is what `pack_cells` made, or those of a row that was read.
  void add(const held_row& row);
  [[nodiscard]] std::string_view bytes() const noexcept { return bytes_; }
  [[nodiscard]] std::size_t rows() const noexcept { return rows_; }

private:
  std::string bytes_;
  std::int64_t source_start_ = 0;
  std::int64_t seen_ = 0;
  std::size_t rows_ = 0;
};

/// One byte a cell that is absent or 0, else also a varint or 8 bytes. Only
/// sums are kept; `made` is replaced.
void pack_cells(const block_layout& layout,
                const std::vector<held_cell>& cells,
                std::string& made);
/// As many cells as the layout has columns; those of gauges are absent.
void unpack_cells(const block_layout& layout,
                  std::string_view packed,
                  std::vector<held_cell>& cells);

} // namespace pgmuster
