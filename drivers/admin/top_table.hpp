// How a table is fitted into a terminal: the least important columns go first.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace pgmuster {

enum class tone : std::uint8_t { plain, good, warning, bad, dim };

struct table_cell {
  std::string text;
  tone colour = tone::plain;
};

struct table_column {
  std::string title;
  bool right = false;
  /// When the table is too wide, the column of the highest number goes first;
  /// those of 0 stay and the first of them is cut.
  int expendable = 0;
};

struct table_row {
  /// Parallel to the columns.
  std::vector<table_cell> cells;
  /// Lines under the row, cut to the table's width.
  std::vector<table_cell> notes;
};

/// `text` in the tone's colour, or as it is without colours.
[[nodiscard]] std::string painted(const table_cell& cell, bool colours);

/// The table's lines, the titles first, none wider than `width`.
[[nodiscard]] std::vector<std::string>
lay_out(std::vector<table_column> columns,
        std::vector<table_row> rows,
        std::size_t width,
        bool colours);

} // namespace pgmuster
