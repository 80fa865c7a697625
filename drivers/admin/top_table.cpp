// How a table is fitted into a terminal: the least important columns go first.
#include "drivers/admin/top_table.hpp"

#include "drivers/admin/humanise.hpp"

#include <algorithm>
#include <numeric>

namespace pgmuster {

namespace {

constexpr std::size_t gap = 2;

std::vector<std::size_t> widths_of(const std::vector<table_column>& columns,
                                   const std::vector<table_row>& rows) {
  std::vector<std::size_t> widths;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    std::size_t width = display_width(columns[i].title);
    for (const table_row& row : rows) {
      width = std::max(width, display_width(row.cells[i].text));
    }
    widths.push_back(width);
  }
  return widths;
}

std::size_t total(const std::vector<std::size_t>& widths) {
  return std::accumulate(widths.begin(), widths.end(),
                         (widths.empty() ? 0 : widths.size() - 1) * gap);
}

// Takes whole columns out, then cuts the first one that may not go.
std::vector<std::size_t> narrow(std::vector<table_column>& columns,
                                std::vector<table_row>& rows,
                                std::size_t width) {
  auto widths = widths_of(columns, rows);
  while (total(widths) > width) {
    const auto first =
      std::max_element(columns.begin(), columns.end(),
                       [](const table_column& left, const table_column& right) {
                         return left.expendable < right.expendable;
                       });
    if (first == columns.end() || first->expendable == 0) {
      break;
    }
    const auto at = first - columns.begin();
    columns.erase(first);
    widths.erase(widths.begin() + at);
    for (table_row& row : rows) {
      row.cells.erase(row.cells.begin() + at);
    }
  }
  constexpr std::size_t shortest = 4;
  if (const std::size_t all = total(widths); !widths.empty() && all > width) {
    const std::size_t over = std::min(all - width, widths[0]);
    widths[0] = std::max(widths[0] - over, std::min(shortest, widths[0]));
  }
  return widths;
}

std::string line_of(const std::vector<table_column>& columns,
                    const std::vector<table_cell>& cells,
                    const std::vector<std::size_t>& widths,
                    bool colours) {
  std::string line;
  std::size_t owed = 0; // blanks that a later cell may make necessary
  for (std::size_t i = 0; i < cells.size(); ++i) {
    table_cell cell = cells[i];
    cell.text = fit(cell.text, widths[i]);
    const std::size_t blanks = widths[i] - display_width(cell.text);
    owed += columns[i].right ? blanks : 0;
    if (!cell.text.empty()) {
      line.append(owed, ' ');
      line += painted(cell, colours);
      owed = 0;
    }
    owed += (columns[i].right ? 0 : blanks) + gap;
  }
  return line;
}

} // namespace

std::string painted(const table_cell& cell, bool colours) {
  if (!colours || cell.colour == tone::plain) {
    return cell.text;
  }
  const char* start = "\x1b[32m";
  switch (cell.colour) {
  case tone::warning:
    start = "\x1b[33m";
    break;
  case tone::bad:
    start = "\x1b[31m";
    break;
  case tone::dim:
    start = "\x1b[2m";
    break;
  default:
    break;
  }
  return start + cell.text + "\x1b[0m";
}

std::vector<std::string> lay_out(std::vector<table_column> columns,
                                 std::vector<table_row> rows,
                                 std::size_t width,
                                 bool colours) {
  const auto widths = narrow(columns, rows, width);
  std::vector<table_cell> titles;
  for (const table_column& column : columns) {
    titles.push_back({column.title, tone::dim});
  }
  std::vector<std::string> lines{line_of(columns, titles, widths, colours)};
  for (const table_row& row : rows) {
    lines.push_back(line_of(columns, row.cells, widths, colours));
    for (const table_cell& note : row.notes) {
      lines.push_back(painted({fit(note.text, width), note.colour}, colours));
    }
  }
  return lines;
}

} // namespace pgmuster
