// What an observer of raw series reads from the filtered points is what was
// observed, at a fraction of the points.
#include "routing/refresh.hpp"
#include "tests/routing/random_source.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <string>

namespace pgmuster {
namespace {

using testing_routing::dice;

constexpr wall_time t0{seconds{1'700'000'000}};

std::shared_ptr<const block_layout> mixed_layout() {
  auto made = std::make_shared<block_layout>();
  made->probe = "databases";
  made->keys = {"db.namespace"};
  const auto add = [&](const char* name, instrument kind, bool real) {
    made->columns.push_back(
      {static_cast<std::uint32_t>(made->metrics.size()), {}});
    made->metrics.push_back({name, "{x}", {}, kind, real});
  };
  add("commits", instrument::counter, false);
  add("time", instrument::counter, true);
  add("size", instrument::updown, false);
  add("sessions", instrument::gauge, false);
  return made;
}

point_row
row_of(const std::string& name, wall_time time, std::vector<number> values) {
  return {{name}, std::move(values), t0, time};
}

/// One row with one counter and one gauge, on a grid of ten seconds.
struct bench {
  struct seen {
    refresh_filter::tally went;
    std::vector<point_row> rows;
  };
  seen observe(std::int64_t commits, std::int64_t sessions) {
    now += seconds{10};
    point_block block{layout, {}};
    block.rows.push_back(
      row_of("shop", now,
             {number::of(commits), number{}, number{}, number::of(sessions)}));
    block.rows.back().start = start;
    seen made;
    made.went = filter.filter(block, now, 7);
    made.rows = std::move(block.rows);
    return made;
  }
  std::shared_ptr<const block_layout> layout = mixed_layout();
  refresh_filter filter;
  wall_time now = t0;
  wall_time start = t0;
};

TEST(refresh, an_unchanged_sum_waits_and_a_gauge_always_passes) {
  bench it;
  EXPECT_EQ(it.observe(5, 1).went.passed, 2U);
  EXPECT_EQ(it.observe(6, 1).went.passed, 2U);
  const auto next = it.observe(6, 1);
  EXPECT_EQ(next.went.passed, 1U);
  EXPECT_EQ(next.went.unchanged, 1U);
  EXPECT_EQ(next.went.made, 0U);
  ASSERT_EQ(next.rows.size(), 1U);
  EXPECT_FALSE(next.rows[0].values[0].present());
  EXPECT_TRUE(next.rows[0].values[3].present());
}

TEST(refresh, a_row_that_begins_is_sent_whole_and_without_a_step) {
  bench it;
  it.observe(5, 1);
  it.observe(5, 1);
  it.now += seconds{10};
  point_block block{it.layout, {}};
  block.rows.push_back(
    row_of("shop", it.now, {number::of(std::int64_t{9}), {}, {}, {}}));
  block.rows.back().begins = true;
  const auto went = it.filter.filter(block, it.now, 7);
  EXPECT_EQ(went.passed, 1U);
  EXPECT_EQ(went.made, 0U);
  ASSERT_EQ(block.rows.size(), 1U);
  EXPECT_TRUE(block.rows[0].begins);
  EXPECT_EQ(it.filter.rows(), 1U);
  EXPECT_EQ(it.observe(9, 1).went.unchanged, 1U);
}

TEST(refresh, what_is_sent_of_rows_of_ours_is_made) {
  bench it;
  const auto both = [&](std::int64_t observed, std::int64_t ours) {
    it.now += seconds{10};
    point_block block{it.layout, {}};
    for (const auto& [name, value] :
         {std::pair{"shop", observed}, std::pair{"other", ours}}) {
      block.rows.push_back(
        row_of(name, it.now, {number::of(value), {}, {}, number::of(value)}));
    }
    return it.filter.filter(block, it.now, 7, 1);
  };
  auto went = both(1, 1);
  EXPECT_EQ(went.passed, 2U);
  EXPECT_EQ(went.made, 2U);
  both(1, 1);
  went = both(1, 2);
  EXPECT_EQ(went.passed, 1U);
  EXPECT_EQ(went.unchanged, 1U);
  EXPECT_EQ(went.made, 3U) << "with the step";
}

TEST(refresh, the_held_value_comes_first_after_a_silence) {
  bench it;
  it.observe(5, 1);
  it.observe(5, 2);
  it.observe(5, 3);
  const auto before = it.now;
  const auto step = it.observe(9, 4);
  ASSERT_EQ(step.rows.size(), 2U);
  EXPECT_EQ(step.rows[0].time, before);
  EXPECT_EQ(step.rows[0].values[0].integer, 5);
  EXPECT_FALSE(step.rows[0].values[3].present()) << "it was not silent";
  EXPECT_EQ(step.went.made, 1U);
  EXPECT_EQ(step.went.passed, 2U);
}

TEST(refresh, a_fall_or_another_start_begins_at_the_previous_observation) {
  bench it;
  it.observe(5, 1);
  it.observe(5, 1);
  auto previous = it.now;
  const auto fallen = it.observe(2, 1);
  ASSERT_EQ(fallen.rows.size(), 1U);
  EXPECT_EQ(fallen.rows[0].start, previous);
  EXPECT_EQ(fallen.went.passed, 2U);
  EXPECT_EQ(fallen.went.made, 0U);
  EXPECT_EQ(it.observe(3, 1).rows.at(0).start, previous) << "it stays";
  previous = it.now;
  it.start = t0 + seconds{35};
  EXPECT_EQ(it.observe(4, 1).rows.at(0).start, previous);
}

TEST(refresh, rows_past_the_bound_pass_and_are_counted) {
  refresh_limits limits;
  limits.rows_max = 1;
  refresh_filter filter{limits};
  for (int i = 1; i <= 3; ++i) {
    point_block block{mixed_layout(), {}};
    const wall_time now = t0 + seconds{10 * i};
    for (const auto* name : {"a", "b"}) {
      block.rows.push_back(
        row_of(name, now,
               {number::of(std::int64_t{1}), number{}, number{}, number{}}));
    }
    const auto went = filter.filter(block, now, 7);
    EXPECT_EQ(went.passed, i == 1 ? 2U : 1U);
  }
  EXPECT_EQ(filter.rows(), 1U);
  EXPECT_EQ(filter.unfiltered(), 3U);
}

TEST(refresh, a_row_that_is_gone_is_forgotten) {
  bench it;
  it.observe(5, 1);
  it.now += seconds{721};
  point_block block{it.layout, {}};
  it.filter.filter(block, it.now, 7);
  EXPECT_EQ(it.filter.rows(), 0U);
}

TEST(refresh, two_targets_of_one_filter_do_not_hide_each_other) {
  refresh_filter filter;
  for (const std::uint64_t target : {1U, 2U}) {
    point_block block{mixed_layout(), {}};
    block.rows.push_back(row_of(
      "a", t0, {number::of(std::int64_t{1}), number{}, number{}, number{}}));
    EXPECT_EQ(filter.filter(block, t0, target).passed, 1U);
  }
}

TEST(refresh, is_due_between_240_and_270_seconds_and_spread_there) {
  const seconds after{240};
  for (std::uint64_t i = 0; i < 64; ++i) {
    const auto hash = i * 0x9e3779b97f4a7c15ULL;
    EXPECT_FALSE(due_for_refresh(seconds{239}, seconds{10}, after, hash));
    EXPECT_TRUE(due_for_refresh(seconds{270}, seconds{10}, after, hash));
    EXPECT_TRUE(due_for_refresh(seconds{240}, seconds{60}, after, hash))
      << "the next chance would be at five minutes";
  }
  int early = 0;
  for (std::uint64_t i = 0; i < 1'000; ++i) {
    const auto hash = i * 0x9e3779b97f4a7c15ULL;
    early += due_for_refresh(seconds{250}, seconds{10}, after, hash) ? 1 : 0;
  }
  EXPECT_NEAR(early, 333, 100);
}

/// Last value carried forward of every series, as a backend shows it.
class receiver {
public:
  void take(const point_block& block) {
    for (const auto& row : block.rows) {
      for (std::size_t c = 0; c < row.values.size(); ++c) {
        if (row.values[c].present()) {
          auto& last = last_[{row.values_of_keys[0], c}];
          ASSERT_GT(row.time, last.first);
          last = {row.time, row.values[c]};
        }
      }
    }
  }
  [[nodiscard]] bool shows(const std::string& name,
                           std::size_t column,
                           const number& value,
                           wall_time now) const {
    const auto& [at, held] = last_.at({name, column});
    return held.is == value.is && held.integer == value.integer
           && now - at <= seconds{280};
  }

private:
  std::map<std::pair<std::string, std::size_t>, std::pair<wall_time, number>>
    last_;
};

TEST(refresh, a_backend_shows_what_was_observed_at_every_moment) {
  dice random;
  refresh_filter filter;
  receiver backend;
  const auto layout = mixed_layout();
  std::map<std::string, std::vector<number>> rows;
  std::uint64_t passed = 0;
  std::uint64_t all = 0;
  for (int i = 1; i <= 3'000; ++i) {
    const wall_time now = t0 + seconds{10 * i};
    point_block block{layout, {}};
    for (const auto* name : {"a", "b", "c"}) {
      auto& values = rows[name];
      values.resize(4);
      for (std::size_t c = 0; c < 4; ++c) {
        if (values[c].present() && !random.one_in(40)) {
          continue;
        }
        const auto value = random.upto(1'000'000);
        values[c] = c == 1 ? number::of(static_cast<double>(value) / 7)
                           : number::of(static_cast<std::int64_t>(value));
        if (c == 2 && random.one_in(5)) {
          values[c] = number{};
        }
      }
      block.rows.push_back(row_of(name, now, values));
    }
    std::uint64_t observed = 0;
    for (const auto& [name, values] : rows) {
      for (const auto& value : values) {
        observed += value.present() ? 1U : 0U;
      }
    }
    const auto went = filter.filter(block, now, 7);
    ASSERT_EQ(went.passed + went.unchanged, observed);
    std::uint64_t left = 0;
    for (const auto& row : block.rows) {
      for (const auto& value : row.values) {
        left += value.present() ? 1U : 0U;
      }
    }
    ASSERT_EQ(left, went.passed + went.made);
    backend.take(block);
    ASSERT_FALSE(::testing::Test::HasFatalFailure());
    for (const auto& [name, values] : rows) {
      for (std::size_t c = 0; c < 4; ++c) {
        ASSERT_TRUE(!values[c].present()
                    || backend.shows(name, c, values[c], now));
      }
    }
    passed += left;
    all += observed;
  }
  EXPECT_LT(passed * 3, all);
  EXPECT_LT(filter.bytes(), 3'000U);
}

} // namespace
} // namespace pgmuster
