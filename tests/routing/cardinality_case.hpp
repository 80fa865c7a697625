// One accumulated family, fed cycle by cycle.
#pragma once

#include "routing/cardinality.hpp"
#include "tests/routing/counter_layout.hpp"

#include <algorithm>
#include <iterator>
#include <string>
#include <vector>

namespace pgmuster::testing_routing {

using values = std::vector<std::int64_t>;

inline constexpr wall_time t0{seconds{1'700'000'000}};
inline constexpr seconds interval{10};

inline entry_delta moved(const std::string& series, values deltas) {
  entry_delta made;
  made.key = series;
  made.deltas = std::move(deltas);
  made.series = series;
  if (!series.empty()) {
    made.values_of_keys = {"shop", "me", "true", series};
  }
  return made;
}

/// Feeds cycles on a grid of times and keeps what the last points said.
struct cardinality_bench {
  explicit cardinality_bench(std::size_t columns) : layout(layout_of(columns)) {
    limits.kept_max = 3;
  }

  accumulation_outcome cycle(std::vector<entry_delta> entries) {
    entry_block read;
    read.layout = layout;
    read.database = "shop";
    read.moved = std::move(entries);
    read.previous = previous;
    read.entries = read.moved.size();
    now += interval;
    auto outcome = family.absorb(read, limits, now, 42);
    previous = now;
    return outcome;
  }

  std::shared_ptr<const block_layout> layout;
  cardinality_limits limits;
  accumulated_family family;
  wall_time previous{};
  wall_time now = t0;
};

inline std::vector<point_row> rows_of(const accumulation_outcome& outcome,
                                      const std::string& series) {
  std::vector<point_row> found;
  std::copy_if(outcome.block.rows.begin(), outcome.block.rows.end(),
               std::back_inserter(found), [&](const point_row& row) {
                 return row.values_of_keys.at(3) == series;
               });
  return found;
}

} // namespace pgmuster::testing_routing
