// The tables of a database, and what becomes of them read by read.
#pragma once

#include "routing/bounded_rows.hpp"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace pgmuster::testing_routing {

inline constexpr wall_time t0{seconds{1'700'000'000}};
inline constexpr std::size_t reads = 0;
inline constexpr std::size_t writes = 1;
inline constexpr std::size_t size = 2;
inline constexpr std::size_t changed = 3;
inline constexpr std::size_t age = 4;

inline std::shared_ptr<const block_layout> tables(std::size_t counters = 2) {
  auto made = std::make_shared<block_layout>();
  made->probe = "tables";
  made->keys = {"db.namespace", "db.collection.name"};
  const auto add = [&](const char* name, instrument kind, bool highest) {
    made->columns.push_back(
      {static_cast<std::uint32_t>(made->metrics.size()), {}, highest});
    made->metrics.push_back(
      {.name = name, .unit = "{x}", .description = {}, .kind = kind});
  };
  add("reads", instrument::counter, false);
  if (counters > 1) {
    add("writes", instrument::counter, false);
  }
  add("size", instrument::updown, false);
  add("changed", instrument::gauge, false);
  add("age", instrument::gauge, true);
  made->bounded = block_layout::bound{50, "tables", {0}};
  return made;
}

struct table {
  std::vector<std::int64_t> values = std::vector<std::int64_t>(5);
  wall_time start = t0;
};
using server = std::map<std::string, table>;

/// Feeds blocks on a grid of times.
struct bounded_bench {
  explicit bounded_bench(std::size_t kept) { limits.most = kept; }

  std::vector<point_row> cycle(const server& seen) {
    now += seconds{60};
    block = {layout, {}};
    block.database = "shop";
    block.complete = complete;
    for (const auto& [name, one] : seen) {
      point_row row;
      row.values_of_keys = {"shop|public", name};
      for (std::size_t c = 0; c < layout->columns.size(); ++c) {
        row.values.push_back(number::of(one.values[c]));
      }
      row.start = one.start;
      row.time = now;
      block.rows.push_back(row);
    }
    outcome = family.bound(block, limits, now, incarnation);
    return block.rows;
  }

  /// The row of a table; `other` is that of the rest.
  [[nodiscard]] std::optional<point_row> told(const std::string& name) const {
    for (const auto& row : block.rows) {
      if (row.values_of_keys.back() == name) {
        return row;
      }
    }
    return std::nullopt;
  }
  [[nodiscard]] std::int64_t other(std::size_t column) const {
    return told("other")->values[column].integer;
  }

  std::shared_ptr<const block_layout> layout = tables();
  member_limits limits;
  bounded_rows family;
  wall_time now = t0;
  std::uint64_t incarnation = 1;
  bool complete = true;
  point_block block{};
  bounded_outcome outcome{};
};

inline server many(int count) {
  server made;
  for (int i = 0; i < count; ++i) {
    auto& one = made["t" + std::to_string(i)];
    one.values = {100 + i, 10, 1'000, 7, 60 + i};
  }
  return made;
}

} // namespace pgmuster::testing_routing
