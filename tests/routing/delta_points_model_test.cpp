// Deltas add up to the truth and to what the cumulative series say, through
// resets, rests, absences, admissions and evictions.
#include "routing/cardinality.hpp"
#include "routing/delta_points.hpp"
#include "routing/refresh.hpp"
#include "tests/routing/delta_case.hpp"
#include "tests/routing/random_source.hpp"

#include <gtest/gtest.h>

#include <array>
#include <map>
#include <string>

namespace pgmuster {
namespace {

using testing_routing::dice;

using testing_routing::layout_of_kinds;
using testing_routing::some_resource;
using testing_routing::t0;

/// What tells its series from the others of a block.
std::string name_of(const point_row& row) {
  std::string made;
  for (const auto& value : row.values_of_keys) {
    made += (made.empty() ? "" : "/") + value;
  }
  return made;
}

/// What a backend makes of either kind of points.
class consumer {
public:
  void take_cumulative(const point_block& block, instrument only) {
    each(block, only, [](state& of, const point_row& row, std::int64_t value) {
      if (of.time == wall_time{}) {
        of.sum = 0;
      } else {
        // Another start before that is what a stage says that forgot the row.
        const bool reset = row.start != of.start && row.start >= of.time;
        of.sum += reset ? value : value - of.value;
      }
    });
  }
  void take_delta(const point_block& block, instrument only) {
    each(block, only, [](state& of, const point_row& row, std::int64_t value) {
      EXPECT_GE(row.start, of.time) << "no time is counted twice";
      EXPECT_LT(row.start, row.time);
      EXPECT_GT(value, 0);
      of.sum += value;
    });
  }
  [[nodiscard]] std::map<std::string, std::int64_t> sums() const {
    std::map<std::string, std::int64_t> made;
    for (const auto& [name, of] : states_) {
      if (of.sum != 0) {
        made[name] = of.sum;
      }
    }
    return made;
  }

private:
  struct state {
    wall_time start{};
    wall_time time{};
    std::int64_t value = 0;
    std::int64_t sum = 0;
  };
  template <class Act>
  void each(const point_block& block, instrument only, const Act& act) {
    for (const auto& row : block.rows) {
      for (std::size_t c = 0; c < row.values.size(); ++c) {
        if (!row.values[c].present() || block.layout->metrics[c].kind != only) {
          continue;
        }
        auto& of = states_[name_of(row) + "/" + std::to_string(c)];
        act(of, row, row.values[c].integer);
        of.start = row.start;
        of.time = row.time;
        of.value = row.values[c].integer;
      }
    }
  }
  std::map<std::string, state> states_;
};

std::uint64_t points_of(const point_block& block) {
  std::uint64_t points = 0;
  for (const auto& row : block.rows) {
    for (const auto& value : row.values) {
      points += value.present() ? 1U : 0U;
    }
  }
  return points;
}

/// Rows of a server: they move, rest, are reset, go away and come back.
class raw_rows {
public:
  explicit raw_rows(dice& random) : random_(random) {}

  std::vector<point_row> next(wall_time now) {
    std::vector<point_row> seen;
    for (auto& [name, one] : rows_) {
      if (random_.one_in(50)) {
        one.start = now - seconds{1};
        one.values = {0, 0};
        one.was_reset = true;
      }
      one.here = one.here ? !random_.one_in(60) : random_.one_in(10);
      for (std::size_t c = 0; c < 2; ++c) {
        if (random_.one_in(6)) {
          const auto added = static_cast<std::int64_t>(random_.upto(1'000));
          one.values[c] += added;
        }
      }
      if (!one.here) {
        continue;
      }
      for (std::size_t c = 0; c < 2; ++c) {
        auto& truth = truth_[name + "/" + std::to_string(c)];
        // A reset is seen by the start; all since then counts.
        truth += !one.seen ? 0 : one.values[c] - one.last[c];
      }
      if (one.seen && one.was_reset) {
        for (std::size_t c = 0; c < 2; ++c) {
          truth_[name + "/" + std::to_string(c)] += one.last[c];
        }
      }
      one.was_reset = false;
      one.seen = true;
      one.last = one.values;
      seen.push_back(
        {{name},
         {number::of(one.values[0]), number::of(one.values[1]),
          number::of(std::int64_t{5}), number::of(std::int64_t{6})},
         one.start,
         now});
    }
    return seen;
  }
  [[nodiscard]] std::map<std::string, std::int64_t> truth() const {
    std::map<std::string, std::int64_t> made;
    for (const auto& [name, sum] : truth_) {
      if (sum != 0) {
        made[name] = sum;
      }
    }
    return made;
  }

private:
  struct one_row {
    wall_time start = t0;
    std::array<std::int64_t, 2> values{1'000, 2'000};
    std::array<std::int64_t, 2> last{};
    bool here = true;
    bool seen = false;
    bool was_reset = false;
  };
  dice& random_;
  std::map<std::string, one_row> rows_{{"a", {}}, {"b", {}}, {"c", {}}};
  std::map<std::string, std::int64_t> truth_;
};

TEST(delta_points_model,
     of_raw_rows_add_up_to_the_truth_and_to_the_cumulative_ones) {
  dice random;
  delta_points points;
  const auto layout = layout_of_kinds();
  refresh_filter filter;
  raw_rows server{random};
  consumer cumulative;
  consumer deltas;
  for (int i = 1; i <= 5'000; ++i) {
    const wall_time now = t0 + seconds{10 * i};
    observation seen;
    seen.of = some_resource();
    seen.time = now;
    seen.incarnation = 1;
    seen.blocks.push_back({layout, server.next(now)});
    const auto went = filter.filter(seen.blocks[0], now, seen.of->hash);
    const auto made = points.convert(seen);
    std::uint64_t left = made.rest.unchanged + made.rest.beyond_limit;
    for (const auto& block : made.blocks) {
      left += points_of(block);
      deltas.take_delta(block, instrument::counter);
    }
    ASSERT_EQ(left, went.passed + went.made) << "every point has a place";
    cumulative.take_cumulative(seen.blocks[0], instrument::counter);
    ASSERT_EQ(deltas.sums(), cumulative.sums()) << "cycle " << i;
    ASSERT_EQ(deltas.sums(), server.truth()) << "cycle " << i;
    ASSERT_FALSE(::testing::Test::HasFailure()) << "cycle " << i;
  }
}

TEST(delta_points_model,
     of_statements_add_up_through_admissions_and_evictions) {
  dice random;
  delta_points deltas;
  accumulated_family family;
  auto layout = std::make_shared<block_layout>();
  layout->probe = "statements";
  layout->keys.assign(std::begin(entry_series_keys),
                      std::end(entry_series_keys));
  for (std::uint32_t c = 0; c < 2; ++c) {
    layout->metrics.push_back(
      {"m" + std::to_string(c), "{x}", {}, instrument::counter, false});
    layout->columns.push_back({c, {}});
  }
  cardinality_limits limits;
  limits.kept_max = 3;
  consumer cumulative;
  consumer sums;
  std::int64_t truth = 0;
  wall_time previous{};
  for (int i = 1; i <= 3'000; ++i) {
    const wall_time now = t0 + seconds{10 * i};
    entry_block read;
    read.layout = layout;
    read.database = "shop";
    read.previous = previous;
    // After a restart of the server a first read has no deltas.
    const bool restarted = i % 100 == 0;
    for (auto n = restarted ? 0 : random.upto(4); n > 0; --n) {
      entry_delta one;
      one.series = "s" + std::to_string(random.upto(9));
      one.key = one.series;
      one.values_of_keys = {"shop", "me", "true", one.series};
      one.unattributed = random.one_in(20);
      one.deltas = {static_cast<std::int64_t>(random.upto(100)),
                    static_cast<std::int64_t>(random.upto(3))};
      truth += one.deltas[0] + one.deltas[1];
      read.moved.push_back(std::move(one));
    }
    observation seen;
    seen.of = some_resource();
    seen.time = now;
    seen.incarnation = 1 + static_cast<std::uint64_t>(i / 100);
    seen.blocks.push_back(family.absorb(read, limits, now, 7).block);
    previous = now;
    cumulative.take_cumulative(seen.blocks[0], instrument::counter);
    for (const auto& block : deltas.convert(seen).blocks) {
      sums.take_delta(block, instrument::counter);
    }
    ASSERT_FALSE(::testing::Test::HasFailure()) << "cycle " << i;
    ASSERT_EQ(sums.sums(), cumulative.sums()) << "cycle " << i;
  }
  std::int64_t all = 0;
  for (const auto& [name, sum] : sums.sums()) {
    all += sum;
  }
  EXPECT_EQ(all, truth);
}

} // namespace
} // namespace pgmuster
