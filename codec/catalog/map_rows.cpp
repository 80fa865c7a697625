// Cells to numbers: what fits, what is converted, what counts as bad.
#include "codec/catalog/map_rows.hpp"

#include <fmt/format.h>

#include <cmath>

namespace pgmuster {

namespace {

constexpr double us_per_ms = 1'000.0;
/// Doubles at or beyond this do not fit 64 bits.
constexpr double int64_bound = 9.2e18;
constexpr std::size_t key_item_bytes = 8;

struct bad_cell_count {
  std::uint64_t cells = 0;
  std::string first;

  void add(const probe_item& item, const cell& value) {
    if (cells++ > 0) {
      return;
    }
    constexpr const char* names[] = {"NULL", "an integer", "a real", "a text"};
    first = fmt::format("{}: {} does not fit", item.expression,
                        names[static_cast<std::size_t>(value.is)]);
  }
};

/// Every role's conversion says by `nullopt` that the cell does not fit.
[[nodiscard]] std::optional<number> to_microseconds(const cell& value) {
  if (value.is == cell::kind::null) {
    return number{};
  }
  const double ms = value.is == cell::kind::integer
                      ? static_cast<double>(value.integer)
                      : value.real;
  const double us = ms * us_per_ms;
  if (value.is == cell::kind::text || !(std::abs(us) < int64_bound)) {
    return std::nullopt;
  }
  return number::of(std::int64_t{std::llround(us)});
}

[[nodiscard]] std::optional<number> to_number(const cell& value, bool real) {
  switch (value.is) {
  case cell::kind::null:
    return number{};
  case cell::kind::integer:
    return real ? number::of(static_cast<double>(value.integer))
                : number::of(value.integer);
  case cell::kind::real:
    if (real && std::isfinite(value.real)) {
      return number::of(value.real);
    }
    return std::nullopt;
  case cell::kind::text:
    break;
  }
  return std::nullopt;
}

[[nodiscard]] std::optional<number> measured(const probe_definition& from,
                                             const probe_item& item,
                                             const cell& value) {
  return item.milliseconds_to_microseconds
           ? to_microseconds(value)
           : to_number(value, from.metrics[item.metric].real);
}

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

void append_big_endian(std::string& keys, std::int64_t value) {
  const auto bits = static_cast<std::uint64_t>(value);
  for (int shift = 56; shift >= 0; shift -= 8) {
    keys.push_back(static_cast<char>((bits >> shift) & 0xffU));
  }
}

[[nodiscard]] std::string misshapen(const negotiated_probe& probe,
                                    const row_set& rows) {
  return fmt::format("{} columns came for {} items", rows.columns(),
                     probe.items.size());
}

void map_row(const negotiated_probe& probe,
             std::span<const cell> cells,
             point_row& row,
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
    } else if (item.role == item_role::start
               && value.is == cell::kind::integer) {
      row.start = from_microseconds(value.integer);
    } else if (item.role == item_role::start && value.is != cell::kind::null) {
      bad.add(item, value);
    }
  }
}

/// What becomes of a column's cells; looked up once, since there are many rows.
struct column_plan {
  const probe_item* item;
  bool real = false;
  bool database = false;
};

[[nodiscard]] std::vector<column_plan> plan_of(const negotiated_probe& probe) {
  const auto& from = *probe.definition;
  std::vector<column_plan> plans;
  plans.reserve(probe.items.size());
  for (const auto at : probe.items) {
    const auto& item = from.items[at];
    plans.push_back(
      {&item, item.role == item_role::metric && from.metrics[item.metric].real,
       item.role == item_role::key && item.name == "dbid"});
  }
  return plans;
}

/// Adds one entry's part to `read`; returns by `bad` what did not fit.
struct entry_reader {
  entry_readings& read;
  bad_cell_count bad;
  bool unattributed = false;

  void key(const column_plan& plan, const cell& value) {
    const bool fits = value.is == cell::kind::integer;
    if (!fits && value.is != cell::kind::null) {
      bad.add(*plan.item, value);
    }
    unattributed = unattributed || !fits;
    const auto held = fits ? value.integer : 0;
    append_big_endian(read.keys, held);
    if (plan.database) {
      read.database_oids.push_back(held);
    }
  }

  void metric(const column_plan& plan, const cell& value) {
    const auto made = plan.item->milliseconds_to_microseconds
                        ? to_microseconds(value)
                        : to_number(value, plan.real);
    if (!made) {
      bad.add(*plan.item, value);
    }
    read.values.push_back(made && made->present() ? made->integer : 0);
  }

  void start(const column_plan& plan, const cell& value) {
    const bool fits = value.is == cell::kind::integer;
    if (!fits && value.is != cell::kind::null) {
      bad.add(*plan.item, value);
    }
    read.since.push_back(fits ? value.integer : 0);
  }

  void entry(std::span<const cell> cells,
             const std::vector<column_plan>& plans) {
    unattributed = false;
    for (std::size_t at = 0; at < cells.size(); ++at) {
      switch (plans[at].item->role) {
      case item_role::key:
        key(plans[at], cells[at]);
        break;
      case item_role::metric:
        metric(plans[at], cells[at]);
        break;
      case item_role::start:
        start(plans[at], cells[at]);
        break;
      case item_role::attribute:
      case item_role::field:
        break;
      }
    }
    read.unattributed.push_back(unattributed ? 1 : 0);
  }
};

} // namespace

mapping_outcome map_rows(const negotiated_probe& probe,
                         const row_set& rows,
                         wall_time fallback_start,
                         wall_time now) {
  mapping_outcome made;
  made.block.layout = probe.layout;
  if (rows.rows() > 0 && rows.columns() != probe.items.size()) {
    made.bad_cells = rows.rows() * rows.columns();
    made.first_bad = misshapen(probe, rows);
    return made;
  }
  bad_cell_count bad;
  made.block.rows.reserve(rows.rows());
  for (std::size_t at = 0; at < rows.rows(); ++at) {
    point_row row;
    row.values_of_keys.reserve(probe.layout->keys.size());
    row.values.reserve(probe.layout->columns.size());
    row.start = fallback_start;
    row.time = now;
    map_row(probe, rows.row(at), row, bad);
    for (const auto& value : row.values) {
      made.points += value.present() ? 1U : 0U;
    }
    made.block.rows.push_back(std::move(row));
  }
  made.bad_cells = bad.cells;
  made.first_bad = std::move(bad.first);
  return made;
}

entries_outcome map_entries(const negotiated_probe& probe,
                            const row_set& rows) {
  entries_outcome made;
  if (rows.rows() > 0 && rows.columns() != probe.items.size()) {
    made.bad_cells = rows.rows() * rows.columns();
    made.first_bad = misshapen(probe, rows);
    return made;
  }
  auto& read = made.read;
  read.count = rows.rows();
  read.columns = probe.layout->columns.size();
  for (const auto at : probe.items) {
    if (probe.definition->items[at].role == item_role::key) {
      read.key_width += key_item_bytes;
    }
  }
  read.keys.reserve(read.count * read.key_width);
  read.values.reserve(read.count * read.columns);
  read.unattributed.reserve(read.count);
  const auto plans = plan_of(probe);
  read.database_oids.reserve(read.count);
  entry_reader reader{read, {}};
  for (std::size_t at = 0; at < read.count; ++at) {
    reader.entry(rows.row(at), plans);
  }
  made.bad_cells = reader.bad.cells;
  made.first_bad = std::move(reader.bad.first);
  return made;
}

} // namespace pgmuster
