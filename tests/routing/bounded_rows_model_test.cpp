// Nothing of rows without series is lost: against a model that knows every
// value that was ever read.
#include "tests/routing/bounded_rows_case.hpp"
#include "tests/routing/random_source.hpp"

#include <gtest/gtest.h>

#include <array>
#include <iterator>
#include <utility>

namespace pgmuster {
namespace {

using testing_routing::dice;
using testing_routing::many;
using testing_routing::reads;
using testing_routing::server;
using testing_routing::size;
using testing_routing::writes;
using bench = testing_routing::bounded_bench;

/// One began anew that fell, or has another start and no counter that stood
/// still.
bool anew(const std::vector<std::int64_t>& before,
          const std::vector<std::int64_t>& now,
          bool other_start) {
  bool went_on = false;
  for (const auto column : {reads, writes}) {
    if (now[column] < before[column]) {
      return true;
    }
    went_on = went_on || (now[column] != 0 && now[column] == before[column]);
  }
  return other_start && !went_on;
}

/// What a backend makes of kept and `other`, and what it should.
class model {
public:
  /// What all tables rose by since the read before.
  void expect(const bench& it, const server& seen) {
    const bool goes_on = it.incarnation == incarnation_ && read_;
    for (const auto& [name, one] : seen) {
      const auto was = last_.find(name);
      for (const auto column : {reads, writes}) {
        if (!goes_on) {
          continue;
        }
        if (was == last_.end()) {
          rose_[column] += complete_ ? one.values[column] : 0;
          continue;
        }
        const auto& before = was->second;
        const bool reset =
          anew(before.values, one.values, before.start != one.start);
        rose_[column] +=
          one.values[column] - (reset ? 0 : before.values[column]);
      }
    }
    size_ = 0;
    for (const auto& [name, one] : seen) {
      size_ += one.values[size];
    }
  }

  /// Rises between points of a series; one that begins, or comes back, counts
  /// from there.
  void take(const bench& it, const server& seen) {
    const bool goes_on = it.incarnation == incarnation_ && read_;
    std::int64_t sizes = 0;
    for (const auto& row : it.block.rows) {
      const auto& name = row.values_of_keys.back();
      const bool other = row.values_of_keys.front() == "shop";
      for (const auto column : {reads, writes}) {
        ASSERT_TRUE(row.values[column].present());
        const auto is = row.values[column].integer;
        if (other) {
          ASSERT_GE(is, others_[column]);
          told_[column] += is - std::exchange(others_[column], is);
        } else if (!row.begins && goes_on) {
          const auto was = last_.find(name);
          const bool known = was != last_.end();
          const bool reset =
            !known
            || anew(was->second.values,
                    {row.values[reads].integer, row.values[writes].integer},
                    was->second.start != row.start);
          told_[column] += known || complete_
                             ? is - (reset ? 0 : was->second.values[column])
                             : 0;
        }
      }
      sizes += row.values[size].present() ? row.values[size].integer : 0;
    }
    EXPECT_EQ(sizes, size_);
    EXPECT_EQ(told_, rose_);
    last_ = seen;
    incarnation_ = it.incarnation;
    complete_ = it.complete;
    read_ = true;
  }

private:
  server last_;
  std::uint64_t incarnation_ = 0;
  bool complete_ = false;
  bool read_ = false;
  std::array<std::int64_t, 2> rose_{}, told_{}, others_{};
  std::int64_t size_ = 0;
};

/// A life of a database, a step at a time.
void live(dice& random, server& seen, bench& it) {
  for (auto& [name, one] : seen) {
    if (random.one_in(3)) {
      one.values[reads] += static_cast<std::int64_t>(random.upto(1'000));
      one.values[writes] += static_cast<std::int64_t>(random.upto(9));
      one.values[size] = static_cast<std::int64_t>(random.upto(5'000));
    }
  }
  if (random.one_in(3)) {
    auto& made = seen["n" + std::to_string(random.upto(60))];
    made = {};
    made.start = seen.begin()->second.start;
    made.values[reads] = static_cast<std::int64_t>(random.upto(500));
  }
  if (random.one_in(4) && seen.size() > 2) {
    seen.erase(std::next(
      seen.begin(), static_cast<std::ptrdiff_t>(random.upto(seen.size() - 1))));
  }
  if (random.one_in(40)) {
    for (auto& [name, one] : seen) {
      one.start = it.now;
      one.values[reads] = static_cast<std::int64_t>(random.upto(50));
      one.values[writes] = 0;
    }
  }
  if (random.one_in(60)) {
    ++it.incarnation;
  }
  if (random.one_in(50)) {
    const auto keep = random.upto(20);
    while (seen.size() > keep + 1) {
      seen.erase(seen.begin());
    }
  }
  it.complete = !random.one_in(10);
}

void a_long_life(std::uint64_t budgeted, std::size_t kept) {
  dice random;
  auto budget = std::make_shared<series_budget>(budgeted);
  // Another family takes of the same budget now and then.
  series_lease neighbour{budget};
  bench it{kept};
  it.family = bounded_rows{budget};
  model expected;
  auto seen = many(12);
  std::size_t crowded = 0;
  for (int i = 0; i < 3'000; ++i) {
    live(random, seen, it);
    if (random.one_in(20)) {
      neighbour.give_back(neighbour.held());
    } else if (random.one_in(20)) {
      static_cast<void>(neighbour.try_take(random.upto(budgeted / 2)));
    }
    expected.expect(it, seen);
    it.cycle(seen);
    ASSERT_EQ(it.outcome.violations, 0U) << "cycle " << i;
    expected.take(it, seen);
    ASSERT_FALSE(testing::Test::HasFailure()) << "cycle " << i;
    ASSERT_LE(it.family.kept(), kept);
    ASSERT_EQ(budget->taken(), it.family.kept() * 5 + neighbour.held());
    // Every cell is told, or folded.
    std::uint64_t cells = 0;
    for (const auto& row : it.block.rows) {
      for (const auto& value : row.values) {
        cells += row.values_of_keys.front() != "shop" && value.present();
      }
    }
    ASSERT_EQ(cells + it.outcome.folded, seen.size() * 5);
    crowded += it.outcome.folded > 0 ? 1U : 0U;
  }
  EXPECT_GT(crowded, 300U);
}

TEST(bounded_rows_model, sums_are_exact_over_thousands_of_cycles) {
  a_long_life(1'000'000, 15);
}

TEST(bounded_rows_model, sums_are_exact_while_the_budget_is_short) {
  a_long_life(60, 30);
}

} // namespace
} // namespace pgmuster
