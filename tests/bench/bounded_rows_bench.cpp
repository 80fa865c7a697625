// Prints what a read of tables costs in the lane, with and without a bound on
// those that have series, and what is held of them.
#include "routing/bounded_rows.hpp"
#include "routing/refresh.hpp"
#include "tests/bench/cpu_seconds.hpp"

#include <fmt/format.h>

namespace pgmuster {
namespace {

/// As many columns of each kind as the probe of tables has.
std::shared_ptr<const block_layout> table_layout() {
  auto made = std::make_shared<block_layout>();
  made->probe = "tables";
  made->keys = {"db.namespace", "db.collection.name"};
  for (std::uint32_t c = 0; c < 27; ++c) {
    const auto kind = c < 2    ? instrument::updown
                      : c < 22 ? instrument::counter
                               : instrument::gauge;
    made->metrics.push_back({.name = fmt::format("m{}", c),
                             .unit = "{x}",
                             .description = {},
                             .kind = kind});
    made->columns.push_back({c, {}, c >= 24});
  }
  made->bounded = block_layout::bound{300, "tables", {8, 9}};
  return made;
}

struct lane {
  void read(const point_block& from, bool bounded) {
    now += seconds{60};
    auto block = from;
    for (auto& row : block.rows) {
      row.time = now;
    }
    const auto began = cpu_seconds();
    if (bounded) {
      (void)family.bound(block, {.most = 300}, now, 1);
    }
    (void)unchanged.filter(block, now, 42, bounded ? 1 : 0);
    spent += cpu_seconds() - began;
  }

  bounded_rows family;
  refresh_filter unchanged;
  wall_time now{seconds{1'700'000'000}};
  double spent = 0;
};

void measure(std::size_t tables, int reads) {
  point_block block{table_layout(), {}};
  block.database = "shop";
  for (std::size_t i = 0; i < tables; ++i) {
    point_row row;
    row.values_of_keys = {"shop|public", fmt::format("customer_orders_{}", i)};
    for (std::int64_t c = 0; c < 27; ++c) {
      row.values.push_back(number::of(c % 3 == 0 ? 0 : c * 1'000 + 17));
    }
    block.rows.push_back(std::move(row));
  }
  lane before;
  lane after;
  for (int i = 0; i < reads; ++i) {
    // A quarter of the tables moves.
    for (std::size_t at = 0; at < tables; at += 4) {
      for (std::size_t c = 2; c < 22; c += 2) {
        block.rows[at].values[c].integer += 3;
      }
    }
    before.read(block, false);
    after.read(block, true);
  }
  fmt::print("{:>5} tables: {:>8.1f} µs without a bound, {:>8.1f} with 300 "
             "kept; held {} B, {} B ({} B of them by the bound)\n",
             tables, before.spent / reads * 1e6, after.spent / reads * 1e6,
             before.unchanged.bytes(),
             after.unchanged.bytes() + after.family.bytes(),
             after.family.bytes());
}

} // namespace
} // namespace pgmuster

int main() {
  for (int turn = 0; turn < 3; ++turn) {
    pgmuster::measure(20, 4'000);
    pgmuster::measure(300, 300);
    pgmuster::measure(5'000, 20);
  }
}
