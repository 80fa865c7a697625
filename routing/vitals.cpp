// Gathers the cells of a few metrics by name, then turns growth into rates.
#include "routing/vitals.hpp"

#include <xxhash.h>

#include <algorithm>
#include <utility>

namespace pgmuster {
namespace {

double as_real(const number& value) noexcept {
  return value.is == number::kind::real ? value.real
                                        : static_cast<double>(value.integer);
}

std::uint64_t cell_hash(const point_row& row, std::size_t column) noexcept {
  std::uint64_t hash = column;
  for (const auto& value : row.values_of_keys) {
    hash = XXH3_64bits_withSeed(value.data(), value.size(), hash);
  }
  return hash;
}

/// A key's value on a point: from the row or fixed on the column.
std::string_view value_of(const block_layout& layout,
                          const point_row& row,
                          std::size_t column,
                          std::string_view key) noexcept {
  for (const auto& fixed : layout.columns[column].fixed) {
    if (fixed.key == key) {
      return fixed.value;
    }
  }
  const auto at = std::find(layout.keys.begin(), layout.keys.end(), key);
  return at == layout.keys.end() ? std::string_view{}
                                 : row.values_of_keys[static_cast<std::size_t>(
                                   at - layout.keys.begin())];
}

/// Idle background waits and those for the client are no waits of a session.
bool is_wait(std::string_view type) noexcept {
  return !type.empty() && type != "none" && type != "CPU" && type != "Client"
         && type != "Activity";
}

template <class Names>
bool among(const Names& names, std::string_view name) noexcept {
  return std::find(names.begin(), names.end(), name) != names.end();
}

void raise(std::optional<double>& worst, double value) noexcept {
  worst = std::max(worst.value_or(value), value);
}

} // namespace

/// Its growth is that of the rows that were there before and did not fall.
void vitals::rate::advance(counted_rows now) {
  std::sort(now.begin(), now.end());
  now.erase(std::unique(now.begin(), now.end(),
                        [](const auto& one, const auto& other) {
                          return one.first == other.first;
                        }),
            now.end());
  growth.reset();
  auto was = rows.cbegin();
  for (const auto& [row, value] : now) {
    while (was != rows.cend() && was->first < row) {
      ++was;
    }
    if (was != rows.cend() && was->first == row && value >= was->second) {
      growth = growth.value_or(0) + value - was->second;
    }
  }
  now.shrink_to_fit();
  rows = std::move(now);
}

/// What one observation says.
struct vitals::gathered {
  counted_rows commits;
  counted_rows rollbacks;
  counted_rows hit;
  counted_rows read;
  bool has_sessions = false;
  std::int64_t sessions = 0;
  std::int64_t active = 0;
  std::int64_t waiting = 0;
  bool has_lag = false;
  std::optional<double> lag;
  bool has_delay = false;
  std::optional<double> delay;

  void take(const point_block& block) {
    for (std::size_t c = 0; c < block.layout->columns.size(); ++c) {
      take_column(block, c);
    }
  }

  void take_column(const point_block& block, std::size_t column) {
    const auto& layout = *block.layout;
    const std::string_view name =
      layout.metrics[layout.columns[column].metric].name;
    if (name == vital_metrics::commits) {
      take_counter(commits, block, column);
    } else if (name == vital_metrics::rollbacks) {
      take_counter(rollbacks, block, column);
    } else if (name == vital_metrics::blocks_hit) {
      take_counter(hit, block, column);
    } else if (name == vital_metrics::blocks_read) {
      take_counter(read, block, column);
    } else if (name == vital_metrics::sessions) {
      take_sessions(block, column);
    } else if (among(vital_metrics::lag_seconds, name)) {
      has_lag = true;
      take_worst(lag, block, column);
    } else if (among(vital_metrics::delay_bytes, name)) {
      has_delay = true;
      take_worst(delay, block, column);
    }
  }

  static void take_counter(counted_rows& into,
                           const point_block& block,
                           std::size_t column) {
    for (const auto& row : block.rows) {
      if (row.values[column].present()) {
        into.emplace_back(cell_hash(row, column), as_real(row.values[column]));
      }
    }
  }

  static void take_worst(std::optional<double>& into,
                         const point_block& block,
                         std::size_t column) {
    for (const auto& row : block.rows) {
      if (row.values[column].present()) {
        raise(into, as_real(row.values[column]));
      }
    }
  }

  void take_sessions(const point_block& block, std::size_t column) {
    has_sessions = true;
    for (const auto& row : block.rows) {
      if (!row.values[column].present()) {
        continue;
      }
      const auto count = static_cast<std::int64_t>(as_real(row.values[column]));
      sessions += count;
      if (value_of(*block.layout, row, column, vital_metrics::state_key)
          != vital_metrics::state_active) {
        continue;
      }
      active += count;
      waiting +=
        is_wait(value_of(*block.layout, row, column, vital_metrics::wait_key))
          ? count
          : 0;
    }
  }
};

void vitals::absorb(const std::vector<point_block>& blocks, wall_time time) {
  gathered seen;
  for (const auto& block : blocks) {
    seen.take(block);
  }
  if (!seen.commits.empty()) {
    commits_.advance(std::move(seen.commits));
    rollbacks_.advance(std::move(seen.rollbacks));
    hit_.advance(std::move(seen.hit));
    read_.advance(std::move(seen.read));
    const std::chrono::duration<double> passed =
      time - std::exchange(counted_, time);
    transactions_ = std::nullopt;
    if (commits_.growth && passed.count() > 0) {
      transactions_ =
        (*commits_.growth + rollbacks_.growth.value_or(0)) / passed.count();
    }
    const double hits = hit_.growth.value_or(0);
    const double asked = hits + read_.growth.value_or(0);
    hit_share_ = asked > 0 ? std::optional{hits / asked} : std::nullopt;
  }
  if (seen.has_sessions) {
    sessions_ = seen.sessions;
    active_ = seen.active;
    waiting_ = seen.waiting;
  }
  if (seen.has_lag) {
    lag_ = seen.lag;
  }
  if (seen.has_delay) {
    delay_ = seen.delay;
  }
}

} // namespace pgmuster
