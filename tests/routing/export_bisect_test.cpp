// A refused frame is taken apart until what the destination refuses is found,
// within the bound of requests; every point ends once, in its order.
#include "routing/export_queue.hpp"
#include "tests/routing/random_source.hpp"

#include <gtest/gtest.h>

#include <numeric>
#include <set>

namespace pgmuster {
namespace {

using literals::operator""_MiB;
using testing_routing::dice;
using kind = export_verdict::kind;
using task = export_queue::task;

export_verdict verdict(kind is) {
  export_verdict made;
  made.is = is;
  return made;
}

/// Points have numbers; a frame's payload lists its own.
std::shared_ptr<frame> frame_of(const std::vector<int>& points) {
  auto made = std::make_shared<frame>();
  made->tenant = tenant_id{"acme"};
  made->points = points.size();
  for (const auto one : points) {
    made->payload += std::to_string(one) + " ";
  }
  return made;
}

std::vector<int> points_of(const frame& what) {
  std::vector<int> points;
  std::size_t at = 0;
  while (at < what.payload.size()) {
    std::size_t used = 0;
    points.push_back(std::stoi(what.payload.substr(at), &used));
    at += used + 1;
  }
  return points;
}

std::vector<std::shared_ptr<const frame>> halves(const frame& what) {
  const auto points = points_of(what);
  if (points.size() < 2) {
    return {};
  }
  const auto middle =
    points.begin() + static_cast<std::ptrdiff_t>(points.size() / 2);
  return {frame_of({points.begin(), middle}), frame_of({middle, points.end()})};
}

/// A destination that refuses every request with a poisoned point in it, or
/// with too many points.
class picky_destination {
public:
  std::set<int> poison;
  std::size_t points_max = 1'000'000;
  /// Of each ten answers so many are a failure or a 429.
  std::uint64_t trouble = 0;
  std::vector<int> taken;
  std::vector<int> put_aside;
  /// Answers that were no trouble.
  int requests = 0;
  std::shared_ptr<delivery_book> book = std::make_shared<delivery_book>();
  export_queue queue{64_MiB, 4, {}};

  void offer(const std::vector<int>& points) {
    auto lease = std::make_shared<delivery_lease>(book);
    lease->enter(points.size(), 0);
    lease->framed(points.size());
    queue.offer({frame_of(points), std::move(lease)});
  }

  void deliver_all(dice& random) {
    mono_time now{seconds{1'000}};
    const random_source share = [&] { return random.share(); };
    while (!queue.empty()) {
      const auto sent = queue.next(now);
      if (!sent) {
        now = queue.wake_at(now).value();
        continue;
      }
      auto left =
        queue.settle(sent->ticket, answer(*sent->what, random), now, share);
      if (left.is == task::kind::take_apart) {
        left = queue.divide(sent->ticket, halves(*left.what), now, share);
      }
      if (left.is == task::kind::put_aside) {
        keep(left);
      }
      ASSERT_TRUE(book->view().balanced());
    }
  }

private:
  export_verdict answer(const frame& what, dice& random) {
    if (random.upto(9) < trouble) {
      auto failed = verdict(kind::retry);
      failed.breaker_failure = random.one_in(2);
      return failed;
    }
    ++requests;
    const auto points = points_of(what);
    for (const auto one : points) {
      if (poison.contains(one)) {
        return verdict(kind::take_apart);
      }
    }
    if (points.size() > points_max) {
      return verdict(kind::take_apart);
    }
    taken.insert(taken.end(), points.begin(), points.end());
    return verdict(kind::acknowledged);
  }

  void keep(const task& left) {
    const auto points = points_of(*left.what);
    ASSERT_EQ(points.size(), left.points);
    put_aside.insert(put_aside.end(), points.begin(), points.end());
    delivery_end end;
    end.quarantined = left.points;
    left.lease->end(end);
  }
};

std::vector<int> numbers(int from, int count) {
  std::vector<int> made(static_cast<std::size_t>(count));
  std::iota(made.begin(), made.end(), from);
  return made;
}

TEST(export_bisect, finds_the_one_poisoned_point_and_delivers_the_others) {
  dice random;
  for (int i = 0; i < 500; ++i) {
    picky_destination to;
    to.trouble = random.upto(5);
    const auto count = 1 + static_cast<int>(random.upto(8'191));
    const auto bad =
      static_cast<int>(random.upto(static_cast<std::uint64_t>(count) - 1));
    to.poison = {bad};
    to.offer(numbers(0, count));
    to.deliver_all(random);
    auto expected = numbers(0, count);
    expected.erase(expected.begin() + bad);
    ASSERT_EQ(to.put_aside, std::vector{bad}) << count;
    ASSERT_EQ(to.taken, expected) << "in their order";
    ASSERT_LE(to.requests, 32);
  }
}

TEST(export_bisect, asks_at_most_32_times_whatever_is_refused) {
  dice random;
  for (int i = 0; i < 2'000; ++i) {
    picky_destination to;
    to.trouble = random.upto(5);
    to.points_max = 1 + random.upto(2'000);
    const auto count = 1 + static_cast<int>(random.upto(2'000));
    for (auto left = random.upto(40); left > 0; --left) {
      to.poison.insert(static_cast<int>(random.upto(2'000)));
    }
    to.offer(numbers(0, count));
    to.deliver_all(random);
    ASSERT_LE(to.requests, 32);
    ASSERT_EQ(to.taken.size() + to.put_aside.size(),
              static_cast<std::size_t>(count));
    ASSERT_TRUE(std::is_sorted(to.taken.begin(), to.taken.end()));
    const auto view = to.book->view();
    ASSERT_EQ(view.acked, to.taken.size());
    ASSERT_EQ(view.quarantined, to.put_aside.size());
    ASSERT_EQ(view.in_flight, 0U);
  }
}

TEST(export_bisect, the_next_frame_waits_until_all_parts_have_ended) {
  dice random;
  picky_destination to;
  to.poison = {3, 9};
  to.offer(numbers(0, 12));
  to.offer(numbers(12, 5));
  to.deliver_all(random);
  EXPECT_EQ(to.put_aside, (std::vector{3, 9}));
  EXPECT_TRUE(std::is_sorted(to.taken.begin(), to.taken.end()));
  EXPECT_EQ(to.taken.size(), 15U);
}

TEST(export_bisect, parts_that_only_were_too_large_open_no_breaker) {
  dice random;
  picky_destination to;
  to.points_max = 10;
  for (int i = 0; i < 20; ++i) {
    to.offer(numbers(100 * i, 60));
  }
  to.deliver_all(random);
  EXPECT_EQ(to.taken.size(), 1'200U);
  EXPECT_EQ(to.put_aside.size(), 0U);
}

TEST(export_bisect, a_destination_that_refuses_everything_is_not_searched_on) {
  dice random;
  picky_destination to;
  to.points_max = 0;
  for (int i = 0; i < 10; ++i) {
    to.offer(numbers(100 * i, 100));
  }
  to.deliver_all(random);
  EXPECT_EQ(to.put_aside.size(), 1'000U);
  // Three frames with all their requests, then one request each.
  EXPECT_LE(to.requests, 3 * 32 + 7);
  EXPECT_NE(to.queue.breaker().current(), circuit_breaker::state::closed);
}

TEST(export_bisect, parts_are_dropped_and_counted_one_by_one) {
  picky_destination to;
  const random_source half = [] { return 0.5; };
  to.offer(numbers(0, 8));
  const mono_time now{seconds{1}};
  const auto sent = to.queue.next(now);
  ASSERT_TRUE(sent);
  const auto left =
    to.queue.settle(sent->ticket, verdict(kind::take_apart), now, half);
  ASSERT_EQ(left.is, task::kind::take_apart);
  (void)to.queue.divide(sent->ticket, halves(*left.what), now, half);
  EXPECT_EQ(to.queue.frames(), 2U);
  const auto first = to.queue.next(now);
  ASSERT_TRUE(first);
  (void)to.queue.settle(first->ticket, verdict(kind::acknowledged), now, half);
  EXPECT_EQ(to.book->view().acked, 4U);
  to.queue.abandon(drop_reason::stopping);
  const auto view = to.book->view();
  EXPECT_EQ(view.dropped[static_cast<std::size_t>(drop_reason::stopping)], 4U);
  EXPECT_EQ(view.in_flight, 0U);
  EXPECT_TRUE(view.balanced());
}

TEST(export_bisect, a_part_in_flight_is_not_shed_in_place_of_its_sibling) {
  picky_destination to;
  const random_source half = [] { return 0.5; };
  const mono_time now{seconds{1}};
  to.offer(numbers(0, 8));
  const auto sent = to.queue.next(now);
  ASSERT_TRUE(sent);
  const auto left =
    to.queue.settle(sent->ticket, verdict(kind::take_apart), now, half);
  (void)to.queue.divide(sent->ticket, halves(*left.what), now, half);
  const auto first = to.queue.next(now);
  ASSERT_TRUE(first);
  to.queue.shed(tenant_id{"acme"}, 0.0);
  EXPECT_EQ(to.queue.frames(), 1U) << "the one in flight";
  (void)to.queue.settle(first->ticket, verdict(kind::acknowledged), now, half);
  const auto view = to.book->view();
  EXPECT_EQ(view.acked, 4U);
  EXPECT_EQ(view.dropped[static_cast<std::size_t>(drop_reason::memory)], 4U);
  EXPECT_EQ(view.in_flight, 0U);
}

} // namespace
} // namespace pgmuster
