// What the log hears of a destination, once of each kind in a while.
#include "routing/delivery_words.hpp"

#include <gtest/gtest.h>

namespace pgmuster {
namespace {

constexpr mono_time start{seconds{1000}};

export_verdict taken(std::uint64_t rejected, std::string words) {
  export_verdict made;
  made.is = export_verdict::kind::acknowledged;
  made.rejected = rejected;
  made.message = std::move(words);
  return made;
}

export_verdict asked_to_wait(milliseconds pause) {
  export_verdict made;
  made.is = export_verdict::kind::retry;
  made.after = pause;
  made.message = "HTTP 429";
  return made;
}

TEST(delivery_words, points_that_were_not_taken_are_told_with_the_reason) {
  delivery_words words{seconds{60}};
  const auto line = words.on_verdict(taken(3, "bad label"), start);
  ASSERT_TRUE(line);
  EXPECT_TRUE(line->warning);
  EXPECT_EQ(line->message, "a destination took a frame without some of its "
                           "points");
  EXPECT_EQ(line->answer, "bad label");
  EXPECT_EQ(line->figure, "rejected");
  EXPECT_EQ(line->value, "3");
  EXPECT_EQ(words.refusal(), "") << "the route delivers";
}

TEST(delivery_words, a_warning_with_nothing_rejected_is_told) {
  delivery_words words{seconds{60}};
  const auto line = words.on_verdict(taken(0, "use another path"), start);
  ASSERT_TRUE(line);
  EXPECT_TRUE(line->warning);
  EXPECT_EQ(line->answer, "use another path");
  EXPECT_FALSE(words.on_verdict(taken(0, ""), start));
}

TEST(delivery_words, each_kind_is_told_once_in_a_while) {
  delivery_words words{seconds{60}};
  EXPECT_TRUE(words.on_verdict(taken(1, "a"), start));
  EXPECT_FALSE(words.on_verdict(taken(1, "b"), start + seconds{9}));
  EXPECT_TRUE(words.on_verdict(taken(0, "c"), start + seconds{9}));
  EXPECT_TRUE(words.on_verdict(asked_to_wait({}), start + seconds{9}));
  EXPECT_FALSE(words.on_verdict(asked_to_wait({}), start + seconds{10}));
  EXPECT_TRUE(words.on_verdict(taken(1, "d"), start + seconds{10}));
}

TEST(delivery_words, the_length_of_a_pause_is_told_as_it_is_kept) {
  delivery_words words{seconds{60}};
  const auto line = words.on_verdict(asked_to_wait(seconds{3600}), start);
  ASSERT_TRUE(line);
  EXPECT_EQ(line->answer, "retry: HTTP 429");
  EXPECT_EQ(line->figure, "pause");
  EXPECT_EQ(line->value, "1m");
}

TEST(delivery_words, a_route_that_delivers_again_is_told_after_its_refusal) {
  delivery_words words{seconds{60}};
  EXPECT_FALSE(words.on_verdict(taken(0, ""), start));
  EXPECT_TRUE(words.on_verdict(asked_to_wait({}), start));
  EXPECT_EQ(words.refusal(), "retry: HTTP 429");
  const auto line = words.on_verdict(taken(0, ""), start + seconds{10});
  ASSERT_TRUE(line);
  EXPECT_FALSE(line->warning);
  EXPECT_FALSE(words.on_verdict(taken(0, ""), start + seconds{30}));
}

TEST(delivery_words, a_breaker_is_told_when_it_opens_and_when_it_closes) {
  delivery_words words{seconds{60}};
  circuit_breaker breaker{breaker_limits{}};
  EXPECT_FALSE(words.on_breaker(breaker, start));
  breaker.hold(start, start + seconds{300}, 0);
  const auto opened = words.on_breaker(breaker, start);
  ASSERT_TRUE(opened);
  EXPECT_TRUE(opened->warning);
  EXPECT_EQ(opened->figure, "pause");
  EXPECT_EQ(opened->value, "5m");
  EXPECT_FALSE(words.on_breaker(breaker, start + seconds{100})) << "once";
  EXPECT_TRUE(breaker.allows(start + seconds{300}));
  EXPECT_FALSE(words.on_breaker(breaker, start + seconds{300})) << "half open";
  breaker.record_success(start + seconds{300});
  const auto closed = words.on_breaker(breaker, start + seconds{300});
  ASSERT_TRUE(closed);
  EXPECT_FALSE(closed->warning);
  EXPECT_FALSE(words.on_breaker(breaker, start + seconds{301}));
}

TEST(delivery_words, a_breaker_that_flaps_is_not_told_each_time) {
  delivery_words words{seconds{60}};
  circuit_breaker breaker{breaker_limits{}};
  int lines = 0;
  for (int second = 0; second < 10; ++second) {
    breaker.trip(start + seconds{second}, 0);
    lines += words.on_breaker(breaker, start + seconds{second}) ? 1 : 0;
    breaker.record_success(start + seconds{second});
    lines += words.on_breaker(breaker, start + seconds{second}) ? 1 : 0;
  }
  EXPECT_EQ(lines, 2);
  breaker.trip(start + seconds{9}, 0);
  EXPECT_FALSE(words.on_breaker(breaker, start + seconds{9}));
  EXPECT_TRUE(words.on_breaker(breaker, start + seconds{10}))
    << "that it stays open is told later";
}

} // namespace
} // namespace pgmuster
