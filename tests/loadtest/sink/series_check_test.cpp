// Each fault that a series can have is found, and a sound series has none.
#include "loadtest/sink/series_check.hpp"

#include <gtest/gtest.h>

namespace pgmuster::loadtest {
namespace {

wall_time at(double seconds_since_epoch) {
  return wall_time{
    nanoseconds{static_cast<std::int64_t>(seconds_since_epoch * 1e9)}};
}

const received_metric calls{"calls", "{call}", instrument::counter, true};
const received_metric age{"age", "s", instrument::gauge, false};

/// One target and one series of each metric, fed by hand.
struct fed {
  explicit fed(series_limits limits = {}, truth_function truth = {})
    : check(std::move(limits), std::move(truth)) {}

  void say(const received_metric& what,
           double start,
           double time,
           number value,
           std::string_view database = "shop") {
    const received_attribute described[]{{"service.namespace", "acme"},
                                         {"service.name", "orders"}};
    check.on_resource(described);
    check.on_metric(what);
    const received_attribute attributes[]{{"db.namespace", database}};
    check.on_point({at(start), at(time), value, attributes});
    check.finish_request();
  }
  void count(double start, double time, std::int64_t value) {
    say(calls, start, time, number::of(value));
  }
  [[nodiscard]] std::uint64_t found(point_fault what) const {
    return check.tally().found[static_cast<std::size_t>(what)];
  }
  [[nodiscard]] std::uint64_t all() const {
    std::uint64_t sum = 0;
    for (const auto one : check.tally().found) {
      sum += one;
    }
    return sum;
  }

  series_check check;
};

TEST(series_check, finds_nothing_in_a_sound_series) {
  fed to;
  to.count(1, 1, 0);
  to.count(1, 10, 5);
  to.count(1, 250, 5);
  to.count(240, 260, 1); // a reset: less, and a new start
  to.say(age, 0, 1, number::of(7.5));
  to.say(age, 0, 2, number::of(1.5));
  EXPECT_EQ(to.all(), 0U);
  EXPECT_EQ(to.check.tally().points, 6U);
  EXPECT_EQ(to.check.series(), 2U);
  EXPECT_TRUE(to.check.examples().empty());
}

TEST(series_check, sums_deltas_to_what_the_cumulative_series_says) {
  const received_metric deltas{"calls", "{call}", instrument::counter, false};
  fed cumulative;
  cumulative.count(1, 10, 100);
  cumulative.count(1, 20, 130);
  cumulative.count(1, 40, 131);
  cumulative.count(40, 50, 7); // a reset
  fed delta;
  delta.say(deltas, 10, 20, number::of(std::int64_t{30}));
  delta.say(deltas, 30, 40, number::of(std::int64_t{1}));
  delta.say(deltas, 40, 50, number::of(std::int64_t{7}));
  EXPECT_EQ(delta.all(), 0U);
  EXPECT_EQ(cumulative.check.increase_by_metric().at("calls").integer, 38);
  EXPECT_EQ(delta.check.increase_by_metric().at("calls").integer, 38);
}

TEST(series_check, finds_deltas_that_count_a_time_twice) {
  const received_metric deltas{"calls", "{call}", instrument::counter, false};
  fed to;
  to.say(deltas, 10, 20, number::of(std::int64_t{1}));
  to.say(deltas, 19, 30, number::of(std::int64_t{1}));
  EXPECT_EQ(to.found(point_fault::overlap), 1U);
  to.say(deltas, 0, 40, number::of(std::int64_t{1}));
  EXPECT_EQ(to.found(point_fault::bad_start), 1U);
}

TEST(series_check, tells_a_doubled_point_from_a_contradiction) {
  fed to;
  to.count(1, 10, 5);
  to.count(1, 10, 5);
  EXPECT_EQ(to.found(point_fault::duplicate), 1U);
  to.count(1, 10, 6);
  EXPECT_EQ(to.found(point_fault::conflict), 1U);
  EXPECT_EQ(to.all(), 2U);
}

TEST(series_check, finds_what_comes_too_late_and_keeps_the_newest) {
  fed to;
  to.count(1, 10, 5);
  to.count(1, 9, 4);
  EXPECT_EQ(to.found(point_fault::disorder), 1U);
  to.count(1, 10, 5);
  EXPECT_EQ(to.found(point_fault::duplicate), 1U);
}

TEST(series_check, finds_a_counter_that_falls_within_its_start) {
  fed to;
  to.count(1, 10, 5);
  to.count(1, 20, 4);
  EXPECT_EQ(to.found(point_fault::fell), 1U);
  to.say(calls, 1, 10, number::of(2.5), "crm");
  to.say(calls, 1, 20, number::of(2.25), "crm");
  EXPECT_EQ(to.found(point_fault::fell), 2U);
  EXPECT_EQ(to.all(), 2U);
}

TEST(series_check, finds_starts_that_cannot_be) {
  fed to;
  to.count(0, 10, 5);
  EXPECT_EQ(to.found(point_fault::bad_start), 1U);
  to.count(30, 20, 6);
  EXPECT_EQ(to.found(point_fault::bad_start), 2U);
  to.count(25, 40, 7);
  EXPECT_EQ(to.found(point_fault::start_went_back), 1U);
  EXPECT_EQ(to.all(), 3U);
}

TEST(series_check, finds_a_series_that_was_silent_for_too_long) {
  series_limits limits;
  limits.sum_silence = seconds{300};
  limits.silence["age"] = seconds{25};
  fed to{limits};
  to.count(1, 10, 5);
  to.count(1, 309, 5);
  EXPECT_EQ(to.all(), 0U);
  to.count(1, 610, 5);
  EXPECT_EQ(to.found(point_fault::gap), 1U);
  to.count(600, 1200, 5); // continuity was broken, and it says so
  EXPECT_EQ(to.found(point_fault::gap), 1U);
  to.say(age, 0, 1, number::of(1.0));
  to.say(age, 0, 27, number::of(1.0));
  EXPECT_EQ(to.found(point_fault::gap), 2U);
}

TEST(series_check, finds_a_point_without_a_value) {
  fed to;
  to.say(age, 0, 1, number{});
  EXPECT_EQ(to.found(point_fault::no_value), 1U);
}

TEST(series_check, asks_the_truth_and_quotes_it) {
  fed to{{}, [](const truth_question& about) {
           if (about.metric != "calls") {
             return truth_answer{};
           }
           const bool right = about.point.value.integer == 5;
           return truth_answer{right ? truth_answer::kind::right
                                     : truth_answer::kind::wrong,
                               "5"};
         }};
  to.count(1, 10, 5);
  to.say(age, 0, 1, number::of(1.0));
  EXPECT_EQ(to.check.tally().compared, 1U);
  EXPECT_EQ(to.all(), 0U);
  to.count(1, 20, 6);
  EXPECT_EQ(to.found(point_fault::wrong_value), 1U);
  ASSERT_EQ(to.check.examples().size(), 1U);
  EXPECT_EQ(to.check.examples()[0],
            "wrong_value: acme/orders calls{db.namespace=shop}: 6, in truth 5");
}

TEST(series_check, tells_series_apart_by_attributes_in_any_order) {
  series_check check;
  const received_attribute of[]{{"service.name", "orders"}};
  const received_attribute one[]{{"a", "1"}, {"b", "2"}};
  const received_attribute same[]{{"b", "2"}, {"a", "1"}};
  const received_attribute other[]{{"a", "2"}, {"b", "1"}};
  check.on_resource(of);
  check.on_metric(age);
  check.on_point({{}, at(1), number::of(1.0), one});
  check.on_point({{}, at(2), number::of(1.0), same});
  EXPECT_EQ(check.series(), 1U);
  check.on_point({{}, at(1), number::of(1.0), other});
  EXPECT_EQ(check.series(), 2U);
}

TEST(series_check, counts_targets_and_whether_they_are_up) {
  fed to;
  const received_metric up{"pgmuster.up", "1", instrument::gauge, false};
  to.say(up, 0, 1, number::of(std::int64_t{1}));
  ASSERT_EQ(to.check.targets().size(), 1U);
  EXPECT_TRUE(to.check.targets()[0].up);
  EXPECT_EQ(to.check.targets()[0].name, "acme/orders");
  to.say(up, 0, 2, number::of(std::int64_t{0}));
  EXPECT_FALSE(to.check.targets()[0].up);
}

TEST(series_check, refuses_series_beyond_its_bound_and_counts_them) {
  series_limits limits;
  limits.series_max = 1;
  fed to{limits};
  to.count(1, 10, 5);
  to.say(calls, 1, 10, number::of(std::int64_t{1}), "crm");
  EXPECT_EQ(to.check.series(), 1U);
  EXPECT_EQ(to.check.tally().unjudged, 1U);
}

TEST(age_histogram, finds_quantiles_to_a_tenth) {
  age_histogram ages;
  for (int ms = 1; ms <= 1000; ++ms) {
    ages.add(milliseconds{ms});
  }
  EXPECT_NEAR(ages.quantile_ms(0.5), 500, 50);
  EXPECT_NEAR(ages.quantile_ms(0.95), 950, 95);
  EXPECT_DOUBLE_EQ(ages.longest_ms(), 1000);
  EXPECT_DOUBLE_EQ(age_histogram{}.quantile_ms(0.5), 0);
}

} // namespace
} // namespace pgmuster::loadtest
