// What `pgmuster top` shows: text from the API's document. Pure.
#include "drivers/admin/top_view.hpp"

#include "drivers/admin/humanise.hpp"
#include "drivers/admin/top_document.hpp"
#include "drivers/admin/top_rows.hpp"
#include "drivers/admin/top_table.hpp"
#include "drivers/logging/legible.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <utility>
#include <vector>

namespace pgmuster {

namespace {

constexpr std::array<const char*, 4> states{"up", "starting", "degraded",
                                            "down"};

std::size_t in_state(const top_fleet& fleet, const std::string& state) {
  return static_cast<std::size_t>(
    std::count_if(fleet.targets.begin(), fleet.targets.end(),
                  [&](const top_target& one) { return one.state == state; }));
}

// "up" is always told; other states only if a target is in them.
std::string states_of(const top_fleet& fleet, bool colours) {
  std::string text;
  for (const char* state : states) {
    const std::size_t count = in_state(fleet, state);
    if (count == 0 && std::string_view{state} != "up") {
      continue;
    }
    const std::string part = fmt::format("{} {}", count, state);
    text += text.empty() ? "" : ", ";
    text +=
      painted({part, count == 0 ? tone::bad : tone_of_state(state)}, colours);
  }
  return text;
}

table_cell books_of(const top_books& books) {
  if (!books.balanced) {
    return {"books DO NOT BALANCE", tone::bad};
  }
  if (books.disagree) {
    return {"books DISAGREE WITH THE STAGES", tone::bad};
  }
  if (books.lost > 0) {
    return {"books balanced, " + humanise_count(books.lost) + " points lost",
            tone::warning};
  }
  return {"books balanced", tone::good};
}

table_cell memory_of(const top_books& books) {
  auto words =
    fmt::format("memory {} ({:.0f} %", books.memory, 100 * books.memory_share);
  if (books.tenants_turned_away > 0) {
    words +=
      fmt::format(", {:.0f} tenants turned away", books.tenants_turned_away);
  }
  return {words + ")", books.memory == "tight" ? tone::warning : tone::bad};
}

std::string counted(double value, const char* one, const char* many) {
  return humanise_count(value) + " " + (value == 1 ? one : many);
}

// The most important first: what does not fit is left out from the end.
std::string header_of(const top_fleet& fleet,
                      const std::optional<top_books>& books,
                      const top_layout& layout) {
  double databases = 0;
  double points = 0;
  for (const top_target& target : fleet.targets) {
    databases += target.databases;
    points += target.points;
  }
  const auto parts = [&](bool colours) {
    std::vector<std::string> made{"pgmuster", states_of(fleet, colours)};
    if (books) {
      made.push_back(painted(books_of(*books), colours));
      if (!books->memory.empty()) {
        made.push_back(painted(memory_of(*books), colours));
      }
    }
    made.push_back(counted(databases, "database", "databases"));
    made.push_back(counted(points, "point", "points"));
    return made;
  };
  constexpr std::string_view separator = " · ";
  std::string line;
  std::size_t width = 0;
  const auto plain = parts(false);
  const auto painted_parts = parts(layout.colours);
  for (std::size_t i = 0; i < plain.size(); ++i) {
    width += display_width(plain[i]) + (i > 0 ? display_width(separator) : 0);
    if (i > 0 && width > layout.columns) {
      break;
    }
    line += i > 0 ? separator : "";
    line += painted_parts[i];
  }
  return line;
}

/// What there is room for, and a line about the rest.
struct shown_rows {
  std::vector<table_row> rows;
  std::string rest;
};

shown_rows choose_rows(const top_fleet& fleet, std::size_t lines_max) {
  shown_rows shown;
  std::size_t lines = 0;
  std::size_t fitting = 0; // rows that also leave a line for the rest
  for (const top_target& target : fleet.targets) {
    table_row row = top_row(target, fleet.now);
    lines += 1 + row.notes.size();
    if (lines > lines_max) {
      break;
    }
    shown.rows.push_back(std::move(row));
    fitting += lines < lines_max ? 1U : 0U;
  }
  if (shown.rows.size() == fleet.targets.size()) {
    return shown;
  }
  shown.rows.resize(fitting);
  top_fleet hidden{
    fleet.now,
    {fleet.targets.begin() + static_cast<std::ptrdiff_t>(fitting),
     fleet.targets.end()}};
  shown.rest = fmt::format("… and {} more ({})", hidden.targets.size(),
                           states_of(hidden, false));
  return shown;
}

std::vector<std::string> table_of(const top_fleet& fleet,
                                  std::size_t lines_max,
                                  const top_layout& layout) {
  const bool one_tenant = std::all_of(
    fleet.targets.begin(), fleet.targets.end(), [&](const top_target& target) {
      return target.tenant == fleet.targets.front().tenant;
    });
  std::vector<table_column> columns = top_columns();
  shown_rows shown = choose_rows(fleet, lines_max);
  if (one_tenant) {
    columns.erase(columns.begin() + top_tenant_column);
    for (table_row& row : shown.rows) {
      row.cells.erase(row.cells.begin() + top_tenant_column);
    }
  }
  auto lines = lay_out(std::move(columns), std::move(shown.rows),
                       layout.columns, layout.colours);
  if (!shown.rest.empty()) {
    lines.push_back(
      painted({fit(shown.rest, layout.columns), tone::dim}, layout.colours));
  }
  return lines;
}

} // namespace

std::string render_top(std::string_view targets_json,
                       std::string_view ledger_json,
                       const top_layout& layout) {
  const auto fleet = read_targets(targets_json);
  if (!fleet) {
    return "The answer is not a list of targets: is this the admin address of "
           "pgmuster?\n";
  }
  std::string text =
    header_of(*fleet, read_books(ledger_json), layout) + "\n\n";
  if (fleet->targets.empty()) {
    text += "No targets yet.\n";
  } else {
    const std::size_t around = layout.footer.empty() ? 3 : 5; // titles, blanks
    const std::size_t room = layout.rows > around ? layout.rows - around : 1;
    for (const std::string& line : table_of(*fleet, room, layout)) {
      text += line + "\n";
    }
  }
  if (!layout.footer.empty()) {
    text += "\n" + fit(without_controls(legible(layout.footer)), layout.columns)
            + "\n";
  }
  return text;
}

} // namespace pgmuster
