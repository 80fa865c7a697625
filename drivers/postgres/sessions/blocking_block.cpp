// One row; its metrics are not in the catalog, since no server tells them.
#include "drivers/postgres/sessions/blocking_block.hpp"

namespace pgmuster::postgres {

namespace {

std::shared_ptr<const block_layout> blocking_layout() {
  auto made = std::make_shared<block_layout>();
  made->probe = "blocking";
  made->metrics = {
    {"postgresql.blocking.roots", "{session}",
     "Sessions that others wait for and that wait for nobody.",
     instrument::gauge, false},
    {"postgresql.blocking.waiters", "{session}",
     "Client sessions that wait for another one.", instrument::gauge, false},
    {"postgresql.blocking.depth", "{session}",
     "How many waits the farthest waiter is away from its root.",
     instrument::gauge, false},
    {"postgresql.blocking.wait.age.max", "s",
     "How long the longest wait has been seen.", instrument::gauge, true}};
  for (std::uint32_t metric = 0; metric < made->metrics.size(); ++metric) {
    made->columns.push_back({metric, {}});
  }
  return made;
}

number whole(std::size_t count) {
  return number::of(static_cast<std::int64_t>(count));
}

} // namespace

point_block blocking_block(const blocking_numbers& numbers, wall_time now) {
  static const auto layout = blocking_layout();
  point_row row;
  row.values = {
    whole(numbers.roots), whole(numbers.waiters), whole(numbers.depth),
    number::of(static_cast<double>(numbers.longest_wait.count()) / 1e6)};
  row.start = now;
  row.time = now;
  return {layout, {std::move(row)}};
}

} // namespace pgmuster::postgres
