// What a target's row says and when a figure of it is alarming.
#include "drivers/admin/top_rows.hpp"

#include "drivers/admin/humanise.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

namespace pgmuster {

namespace {

constexpr double lag_warning_seconds = 10;
constexpr double lag_bad_seconds = 60;
constexpr double cache_hit_warning = 0.9;

template <class Write>
table_cell figure(const std::optional<double>& value, Write write) {
  return value ? table_cell{write(*value)}
               : table_cell{std::string{unknown_figure}, tone::dim};
}

table_cell words(const std::string& text) {
  return text.empty() ? figure(std::nullopt, humanise_count) : table_cell{text};
}

std::optional<double> age(const std::optional<wall_time>& now,
                          const std::optional<wall_time>& then) {
  if (!now || !then) {
    return std::nullopt;
  }
  const std::chrono::duration<double> passed = *now - *then;
  return std::max(passed.count(), 0.0);
}

table_cell waiting_cell(const top_target& target) {
  table_cell cell = figure(target.waiting_sessions, humanise_count);
  if (target.waiting_sessions.value_or(0) > 0) {
    cell.colour = tone::warning;
  }
  return cell;
}

table_cell hit_cell(const top_target& target) {
  table_cell cell = figure(target.cache_hit_ratio, humanise_ratio);
  if (target.cache_hit_ratio.value_or(1) < cache_hit_warning) {
    cell.colour = tone::warning;
  }
  return cell;
}

table_cell lag_cell(const top_target& target) {
  if (!target.lag_seconds) {
    return figure(target.lag_bytes, humanise_bytes);
  }
  table_cell cell = figure(target.lag_seconds, humanise_seconds);
  if (*target.lag_seconds >= lag_bad_seconds) {
    cell.colour = tone::bad;
  } else if (*target.lag_seconds >= lag_warning_seconds) {
    cell.colour = tone::warning;
  }
  return cell;
}

table_cell cost_cell(const top_target& target) {
  return figure(target.last_cycle_cost_us,
                [](double cost) { return humanise_seconds(cost / 1e6); });
}

std::string joined(const std::vector<std::string>& texts) {
  return fmt::format("{}", fmt::join(texts, ", "));
}

std::vector<table_cell> notes_of(const top_target& target,
                                 const std::optional<wall_time>& now) {
  std::vector<table_cell> notes;
  if (target.state != "up" || !target.reason.empty()) {
    std::string note = "  └ ";
    const auto since = age(now, target.state_since);
    if (target.state != "up" && since) {
      note +=
        "for " + humanise_seconds(*since) + (target.reason.empty() ? "" : ": ");
    }
    note += target.reason;
    if (note != "  └ ") {
      notes.push_back({note, target.state == "up"
                               ? tone::warning
                               : tone_of_state(target.state)});
    }
  }
  // Lines that a version lacks are usual; a person is told only in trouble.
  if (target.state == "degraded" && !target.degraded_probes.empty()) {
    notes.push_back(
      {"  └ without all their lines: " + joined(target.degraded_probes),
       tone::dim});
  }
  return notes;
}

} // namespace

tone tone_of_state(const std::string& state) {
  if (state == "up") {
    return tone::good;
  }
  return state == "down" ? tone::bad : tone::warning;
}

std::vector<table_column> top_columns() {
  return {{"TARGET", false, 0},  {"TENANT", false, 3}, {"STATE", false, 0},
          {"VERSION", false, 8}, {"ROLE", false, 5},   {"TPS", true, 1},
          {"ACTIVE", true, 2},   {"WAITING", true, 2}, {"HIT", true, 6},
          {"LAG", true, 1},      {"AGE", true, 4},     {"COST", true, 7}};
}

table_row top_row(const top_target& target,
                  const std::optional<wall_time>& now) {
  return {{{target.target},
           {target.tenant},
           {target.state, tone_of_state(target.state)},
           words(target.version),
           words(target.role),
           figure(target.transactions_per_second, humanise_count),
           figure(target.active_sessions, humanise_count),
           waiting_cell(target),
           hit_cell(target),
           lag_cell(target),
           figure(age(now, target.last_cycle), humanise_seconds),
           cost_cell(target)},
          notes_of(target, now)};
}

} // namespace pgmuster
