// Prints how many moved entries a second of CPU find their series, and how many
// series a second are admitted and evicted.
#include "tests/bench/cpu_seconds.hpp"
#include "tests/routing/cardinality_case.hpp"

#include <fmt/format.h>

#include <functional>

namespace pgmuster {
namespace {

using testing_routing::cardinality_bench;

constexpr std::size_t columns = 30;
constexpr std::size_t columns_moved = 6;

/// A statement that ran; the first column is its time, by which it is ranked.
entry_delta statement(std::uint64_t number, std::int64_t time) {
  testing_routing::values deltas(columns);
  for (std::size_t column = 0; column < columns_moved; ++column) {
    deltas[column * columns / columns_moved] = time;
  }
  return testing_routing::moved(fmt::format("shop/me/true/{:016x}", number),
                                std::move(deltas));
}

struct load {
  const char* what;
  std::size_t kept;
  /// Of a cycle.
  std::size_t entries;
  /// Those that are new in each cycle.
  std::size_t newcomers;
  std::int64_t time_of_newcomers;
  /// So little that all that is kept gives way to what is new.
  double decay = 0.9;
  int cycles = 200;
};

std::vector<entry_delta> entries_of(const load& of, std::uint64_t cycle) {
  std::vector<entry_delta> made;
  for (std::size_t at = 0; at < of.entries - of.newcomers; ++at) {
    made.push_back(statement(at, at < of.kept ? 1'000'000 : 1'000));
  }
  for (std::size_t at = 0; at < of.newcomers; ++at) {
    made.push_back(
      statement(1'000'000 + cycle * of.newcomers + at, of.time_of_newcomers));
  }
  return made;
}

/// Series that the block begins: a cell at the time of its own start.
std::size_t begun(const accumulation_outcome& outcome) {
  return static_cast<std::size_t>(
    std::count_if(outcome.block.rows.begin(), outcome.block.rows.end(),
                  [](const point_row& row) { return row.time == row.start; }));
}

void measure(const load& of) {
  cardinality_bench it{columns};
  it.limits.kept_max = of.kept;
  it.limits.decay = of.decay;
  std::uint64_t cycle = 0;
  for (; cycle < 5; ++cycle) {
    it.cycle(entries_of(of, cycle));
  }
  double spent = 0;
  std::size_t admitted = 0;
  std::uint64_t violations = 0;
  for (int turn = 0; turn < of.cycles; ++turn, ++cycle) {
    auto entries = entries_of(of, cycle);
    const auto began = cpu_seconds();
    const auto outcome = it.cycle(std::move(entries));
    spent += cpu_seconds() - began;
    admitted += begun(outcome);
    violations += outcome.violations;
  }
  const auto moved = static_cast<double>(of.entries) * of.cycles;
  fmt::print("{:<44} {:>4} kept {:>7.0f} µs a cycle {:>6.2f} M entries/s "
             "{:>5.1f} admitted and as many evicted a cycle, {:.2f} M/s{}\n",
             of.what, it.family.kept(), spent / of.cycles * 1e6,
             moved / spent / 1e6, static_cast<double>(admitted) / of.cycles,
             static_cast<double>(admitted) / spent / 1e6,
             violations == 0 ? "" : " SUMS DO NOT AGREE");
}

void run() {
  fmt::print("{} columns of which {} move\n", columns, columns_moved);
  measure({"200 moved, 50 of them kept", 50, 200, 0, 0});
  measure({"200 moved, all kept", 200, 200, 0, 0});
  measure({"1,000 moved, all kept", 1'000, 1'000, 0, 0});
  measure({"550 moved, 500 never seen before and cheap", 50, 550, 500, 1});
  measure({"50 moved, all new and dear", 50, 50, 50, 1'000'000, 0.1});
  measure({"500 moved, all new and dear", 500, 500, 500, 1'000'000, 0.1});
  measure(
    {"5,000 moved, all new and dear", 5'000, 5'000, 5'000, 1'000'000, 0.1, 20});
}

} // namespace
} // namespace pgmuster

int main() {
  pgmuster::run();
  return 0;
}
