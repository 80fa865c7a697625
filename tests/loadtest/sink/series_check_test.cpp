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

/// Statement series of one database, and a truth that wants `sum` of them.
struct counted {
  explicit counted(std::int64_t sum)
    : check(
      {},
      [](const truth_question&) {
        return truth_answer{truth_answer::kind::right, {}};
      },
      [sum](const sum_question& about) {
        const bool right = about.sum == sum && about.target == "orders"
                           && about.database == "shop" && about.start == at(1)
                           && about.time == at(30);
        return truth_answer{right ? truth_answer::kind::right
                                  : truth_answer::kind::wrong,
                            std::to_string(sum)};
      }) {}

  void say(std::string_view statement,
           double start,
           double time,
           std::int64_t value) {
    const received_attribute described[]{{"service.namespace", "acme"},
                                         {"service.name", "orders"}};
    const received_attribute attributes[]{{"db.namespace", "shop"},
                                          {fingerprint_key, statement}};
    check.on_resource(described);
    check.on_metric(calls);
    check.on_point({at(start), at(time), number::of(value), attributes});
    check.finish_request();
  }

  series_check check;
};

TEST(series_check, adds_up_what_all_statements_counted_whoever_was_kept) {
  for (const std::int64_t other : {7, 3}) {
    counted to{25};
    to.say("other", 1, 1, 0);
    to.say("a", 10, 10, 0);
    to.say("a", 10, 20, 6);
    to.say("a", 10, 20, 6); // comes again: counts once
    to.say("other", 1, 20, 4);
    to.say("a", 25, 25, 0); // left, and was kept anew: 6 stay counted
    to.say("a", 25, 30, 12);
    to.say("other", 1, 30, other);
    to.check.finish({});
    const auto& tally = to.check.tally();
    EXPECT_EQ(tally.sums_compared, 1U);
    const bool right = other == 7;
    EXPECT_EQ(tally.found[static_cast<std::size_t>(point_fault::wrong_sum)],
              right ? 0U : 1U);
    if (!right) {
      EXPECT_NE(to.check.examples().back().find(
                  "orders calls of the database shop: all statement series, "
                  "other included, counted 21, in truth 25"),
                std::string::npos)
        << to.check.examples().back();
    }
  }
}

TEST(series_check, quotes_the_first_of_each_fault_beyond_the_bound) {
  series_limits limits;
  limits.examples_max = 1;
  fed to{limits};
  to.count(1, 10, 5);
  to.count(1, 10, 6);
  to.count(1, 10, 7);
  to.count(1, 9, 4);
  ASSERT_EQ(to.check.examples().size(), 2U);
  EXPECT_TRUE(to.check.examples()[1].starts_with("disorder"));
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

TEST(series_check, does_not_count_a_target_as_up_that_fell_silent) {
  series_limits limits;
  limits.silence["pgmuster.up"] = seconds{25};
  fed to{limits};
  const received_metric up{"pgmuster.up", "1", instrument::gauge, false};
  to.check.arrived(at(100));
  to.say(up, 0, 99, number::of(std::int64_t{1}));
  const auto& target = to.check.targets()[0];
  EXPECT_TRUE(to.check.is_up(target, at(125)));
  EXPECT_FALSE(to.check.is_up(target, at(126)));
  to.check.arrived(at(126));
  to.say(up, 0, 125, number::of(std::int64_t{0}));
  EXPECT_FALSE(to.check.is_up(target, at(126)));
}

TEST(series_check, finds_a_series_that_fell_silent_before_the_end) {
  series_limits limits;
  limits.sum_silence = seconds{300};
  limits.silence["pgmuster.up"] = seconds{25};
  const received_metric up{"pgmuster.up", "1", instrument::gauge, false};
  for (const bool is_up : {true, false}) {
    for (const bool kept : {false, true}) {
      for (const int end : {310, 311}) {
        fed to{limits};
        to.check.arrived(at(10));
        to.count(1, 10, 5);
        if (kept) { // what the collector keeps no more may end at any time
          const received_attribute statement[]{{fingerprint_key, "00ff"}};
          to.check.on_metric(calls);
          to.check.on_point(
            {at(1), at(2), number::of(std::int64_t{1}), statement});
        }
        to.check.arrived(at(300));
        to.say(up, 0, 300, number::of(std::int64_t{is_up ? 1 : 0}));
        to.check.finish(at(end));
        EXPECT_EQ(to.found(point_fault::gap), is_up && end == 311 ? 1U : 0U);
        if (is_up && end == 311) {
          EXPECT_EQ(to.check.examples().back(),
                    "gap: acme/orders calls: nothing in the last 301.0 s "
                    "before the end, 300.0 s are allowed");
        }
      }
    }
  }
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
