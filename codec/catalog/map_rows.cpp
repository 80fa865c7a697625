// Cells to numbers: what fits, what is converted, what counts as bad.
#include "codec/catalog/map_rows.hpp"

#include "codec/catalog/measured.hpp"
#include "codec/catalog/row_values.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace pgmuster {

namespace {

[[nodiscard]] std::string to_text(const cell& value) {
  switch (value.is) {
  case cell::kind::null:
    return {};
  case cell::kind::integer:
    return fmt::format_int{value.integer}.str();
  case cell::kind::real:
    return fmt::format("{}", value.real);
  case cell::kind::text:
    break;
  }
  return std::string{value.text()};
}

[[nodiscard]] wall_time from_microseconds(std::int64_t us) {
  constexpr auto bound =
    std::chrono::duration_cast<microseconds>(wall_time::duration::max())
      .count();
  // `infinity` is sent as the largest integer.
  const auto held = std::clamp(us, -bound, bound);
  return wall_time{microseconds{held}};
}

[[nodiscard]] std::string misshapen(const negotiated_probe& probe,
                                    const row_set& rows) {
  return rows.columns() == 1
           ? fmt::format("a row does not hold {} items", probe.items.size())
           : fmt::format("{} columns came for {} items", rows.columns(),
                         probe.items.size());
}

void map_row(const negotiated_probe& probe,
             std::span<const cell> cells,
             point_row& row,
             std::uint64_t& found,
             bad_cell_count& bad) {
  const auto& from = *probe.definition;
  for (std::size_t at = 0; at < cells.size(); ++at) {
    const auto& item = from.items[probe.items[at]];
    const auto& value = cells[at];
    if (item.role == item_role::metric) {
      const auto made = measured(from, item, value);
      if (!made) {
        bad.add(item, value);
      }
      row.values.push_back(made.value_or(number{}));
    } else if (item.role == item_role::attribute) {
      row.values_of_keys.push_back(to_text(value));
    } else if (item.role == item_role::rows_found) {
      found = value.is == cell::kind::integer
                ? static_cast<std::uint64_t>(value.integer)
                : 0;
    } else if (item.role == item_role::start
               && value.is == cell::kind::integer) {
      row.start = from_microseconds(value.integer);
    } else if (item.role == item_role::start && value.is != cell::kind::null) {
      bad.add(item, value);
    }
  }
}

} // namespace

mapping_outcome map_rows(const negotiated_probe& probe,
                         const row_set& rows,
                         wall_time fallback_start,
                         wall_time now) {
  mapping_outcome made;
  made.block.layout = probe.layout;
  bad_cell_count bad;
  std::uint64_t found = 0;
  row_values values{probe, rows};
  made.block.rows.reserve(rows.rows());
  for (std::size_t at = 0; at < rows.rows(); ++at) {
    const auto cells = values.of(at);
    if (cells.empty()) {
      bad.cells += probe.items.size();
      bad.first = bad.first.empty() ? misshapen(probe, rows) : bad.first;
      continue;
    }
    point_row row;
    row.values_of_keys.reserve(probe.layout->keys.size());
    row.values.reserve(probe.layout->columns.size());
    row.start = fallback_start;
    row.time = now;
    map_row(probe, cells, row, found, bad);
    for (const auto& value : row.values) {
      made.points += value.present() ? 1U : 0U;
    }
    made.block.rows.push_back(std::move(row));
  }
  made.turned_away = found - std::min<std::uint64_t>(found, rows.rows());
  made.bad_cells = bad.cells;
  made.first_bad = std::move(bad.first);
  return made;
}

} // namespace pgmuster
