// No frame is lost, doubled or overtaken; tenants share; waits are kept.
#include "routing/export_queue.hpp"
#include "tests/routing/frame_offers.hpp"
#include "tests/routing/random_source.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

namespace pgmuster {
namespace {

using literals::operator""_KiB;
using namespace testing_routing; // NOLINT(google-build-using-namespace)

export_verdict any_verdict(dice& random) {
  switch (random.upto(7)) {
  case 0:
    return verdict(random.one_in(2) ? kind::rejected : kind::refused);
  case 1:
    return unreachable();
  case 2: {
    auto made = verdict(kind::retry);
    made.after = milliseconds{random.upto(5'000)};
    return made;
  }
  case 3:
    return verdict(kind::other_encoding);
  case 4:
    return random.one_in(5) ? verdict(kind::unauthorised)
                            : verdict(kind::retry);
  default:
    return verdict(kind::acknowledged);
  }
}

/// A random life against what must hold of it.
class random_life {
public:
  void step() {
    now_ += milliseconds{random_.upto(300)};
    if (random_.one_in(2)) {
      const auto tenant = "t" + std::to_string(random_.upto(3));
      const auto shard = random_.upto(1);
      const auto number = it.offer(tenant, shard, 1 + random_.upto(400));
      sub_queue_of_[number] = {tenant, shard};
    } else if (random_.one_in(2)) {
      send();
    } else {
      answer();
    }
    check();
  }

  void drain() {
    for (int i = 0; i < 200'000 && !it.queue.empty(); ++i) {
      now_ += milliseconds{500};
      send();
      if (!flying_.empty()) {
        finish(verdict(kind::acknowledged));
      }
    }
  }

  bench it{20_KiB, 3};
  std::set<std::uint64_t> ended;

private:
  void send() {
    const auto sent = it.queue.next(now_);
    if (!sent) {
      return;
    }
    const auto number = bench::number_of(*sent);
    ASSERT_EQ(ended.count(number), 0U) << "sent after its end";
    ASSERT_EQ(sent->attempt, ++attempts_[number]);
    const auto& key = sub_queue_of_.at(number);
    for (const auto& [ticket, other] : flying_) {
      ASSERT_NE(sub_queue_of_.at(other), key) << "two of a sub-queue in flight";
    }
    ASSERT_GE(number, newest_[key]) << "an older frame after a newer one";
    ASSERT_GE(now_, not_before_[number]) << "sent before its wait was over";
    newest_[key] = number;
    flying_[sent->ticket] = number;
  }

  void answer() {
    if (!flying_.empty()) {
      finish(any_verdict(random_));
    }
  }

  void finish(const export_verdict& what) {
    auto at = flying_.begin();
    std::advance(at,
                 static_cast<std::ptrdiff_t>(random_.upto(flying_.size() - 1)));
    const auto [ticket, number] = *at;
    flying_.erase(at);
    const auto left = it.settle(ticket, what, now_);
    ASSERT_EQ(left.is == export_queue::task::kind::encode_again,
              what.is == kind::other_encoding);
    if (left.is == export_queue::task::kind::encode_again) {
      it.queue.replace(ticket, left.what);
    } else if (what.is == kind::retry && what.after) {
      not_before_[number] = now_ + *what.after;
    } else if (what.is == kind::acknowledged || what.is == kind::rejected
               || what.is == kind::refused) {
      ended.insert(number);
    }
    ASSERT_EQ(it.settle(ticket, what, now_).what, nullptr)
      << "a ticket counts once";
  }

  void check() {
    const auto view = it.book->view();
    ASSERT_TRUE(view.balanced());
    ASSERT_EQ(view.in_flight, 3 * it.queue.frames());
    ASSERT_LE(it.queue.waiting().value(), byte_count{20_KiB}.value());
    ASSERT_EQ(it.number, it.queue.frames() + ended.size()
                           + it.dropped(drop_reason::queue_full));
    const auto wake = it.queue.wake_at(now_);
    ASSERT_TRUE(!wake || *wake >= now_);
  }

  dice random_;
  mono_time now_ = t0;
  std::map<std::uint64_t, std::pair<std::string, std::size_t>> sub_queue_of_;
  std::map<std::pair<std::string, std::size_t>, std::uint64_t> newest_;
  std::map<std::uint64_t, std::uint64_t> flying_;
  std::map<std::uint64_t, std::uint32_t> attempts_;
  std::map<std::uint64_t, mono_time> not_before_;
};

TEST(export_queue, loses_doubles_and_reorders_nothing_in_a_random_life) {
  random_life life;
  for (int i = 0; i < 20'000; ++i) {
    life.step();
    ASSERT_FALSE(::testing::Test::HasFatalFailure()) << "step " << i;
  }
  life.drain();
  EXPECT_TRUE(life.it.queue.empty());
  EXPECT_EQ(life.it.book->view().in_flight, 0U);
  EXPECT_EQ(life.it.number,
            life.ended.size() + life.it.dropped(drop_reason::queue_full));
}

TEST(export_queue, takes_tenants_in_turn_however_much_one_has) {
  bench it{64_MiB, 1};
  for (int i = 0; i < 20; ++i) {
    it.offer("loud", static_cast<std::size_t>(i % 4));
  }
  it.offer("quiet");
  it.offer("quiet");
  std::string order;
  for (int i = 0; i < 6; ++i) {
    const auto sent = it.queue.next(t0);
    ASSERT_TRUE(sent);
    order += sent->what->tenant.value().front();
    it.settle(sent->ticket, verdict(kind::acknowledged));
  }
  EXPECT_EQ(order, "lqlqll");
}

TEST(export_queue, a_tenant_of_large_frames_does_not_get_more_bytes) {
  bench it{64_MiB, 1};
  for (int i = 0; i < 40; ++i) {
    it.offer("large", 0, 400'000);
    for (int j = 0; j < 10; ++j) {
      it.offer("small", 0, 40'000);
    }
  }
  std::map<std::string, std::uint64_t> bytes;
  for (int i = 0; i < 100; ++i) {
    const auto sent = it.queue.next(t0);
    ASSERT_TRUE(sent);
    bytes[sent->what->tenant.value()] += sent->what->payload.size();
    it.settle(sent->ticket, verdict(kind::acknowledged));
  }
  EXPECT_LT(bytes["large"], 2 * bytes["small"]);
  EXPECT_LT(bytes["small"], 2 * bytes["large"]);
}

TEST(export_queue, a_tenant_without_arrears_joins_in_its_turn) {
  bench it{64_MiB, 1};
  for (int i = 0; i < 50; ++i) {
    it.offer("old", static_cast<std::size_t>(i % 2));
  }
  for (int i = 0; i < 30; ++i) {
    const auto sent = it.queue.next(t0);
    it.settle(sent->ticket, verdict(kind::acknowledged));
  }
  for (int i = 0; i < 20; ++i) {
    it.offer("new", static_cast<std::size_t>(i % 2));
  }
  int of_new = 0;
  for (int i = 0; i < 10; ++i) {
    const auto sent = it.queue.next(t0);
    of_new += sent->what->tenant.value() == "new" ? 1 : 0;
    it.settle(sent->ticket, verdict(kind::acknowledged));
  }
  EXPECT_GE(of_new, 4);
  EXPECT_LE(of_new, 6);
}

TEST(export_queue, retry_after_holds_the_sub_queue_and_no_other) {
  bench it;
  it.offer("a", 0);
  it.offer("a", 0);
  it.offer("a", 1);
  const auto first = it.queue.next(t0);
  auto wait = verdict(kind::retry);
  wait.after = seconds{7};
  it.settle(first->ticket, wait);
  const auto other = it.queue.next(t0);
  ASSERT_TRUE(other);
  EXPECT_EQ(bench::number_of(*other), 3U);
  EXPECT_FALSE(it.queue.next(t0 + milliseconds{6'999}));
  EXPECT_EQ(it.queue.wake_at(t0), t0 + seconds{7});
  const auto again = it.queue.next(t0 + seconds{7});
  ASSERT_TRUE(again);
  EXPECT_EQ(bench::number_of(*again), 1U);
  EXPECT_EQ(again->attempt, 2U);
}

TEST(export_queue, retry_after_outlasts_the_frame_that_brought_it) {
  bench it{1_KiB};
  it.offer("a", 0, 900);
  const auto first = it.queue.next(t0);
  auto wait = verdict(kind::retry);
  wait.after = seconds{7};
  it.settle(first->ticket, wait);
  it.offer("a", 0, 900);
  EXPECT_EQ(it.dropped(drop_reason::queue_full), 1U);
  EXPECT_FALSE(it.queue.next(t0 + seconds{6}));
  EXPECT_TRUE(it.queue.next(t0 + seconds{7}));
}

TEST(export_queue, past_its_bytes_the_oldest_waiting_frames_go) {
  bench it{1_KiB};
  it.offer("a", 0, 400);
  const auto flying = it.queue.next(t0);
  it.offer("b", 0, 400);
  it.offer("a", 0, 400);
  it.offer("c", 0, 400);
  EXPECT_EQ(it.dropped(drop_reason::queue_full), 1U);
  std::set<std::uint64_t> left{bench::number_of(*flying)};
  it.settle(flying->ticket, verdict(kind::acknowledged));
  while (const auto sent = it.queue.next(t0)) {
    left.insert(bench::number_of(*sent));
  }
  EXPECT_EQ(left, (std::set<std::uint64_t>{1, 3, 4}));
}

TEST(export_queue, an_unreachable_destination_gets_one_probe_at_a_time) {
  bench it;
  for (int i = 0; i < 10; ++i) {
    it.offer("t" + std::to_string(i));
  }
  for (int i = 0; i < 5; ++i) {
    const auto sent = it.queue.next(t0);
    ASSERT_TRUE(sent);
    it.settle(sent->ticket, unreachable());
  }
  EXPECT_EQ(it.queue.breaker().current(), circuit_breaker::state::open);
  EXPECT_FALSE(it.queue.next(t0));
  const auto wake = it.queue.wake_at(t0);
  ASSERT_TRUE(wake);
  const auto probe = it.queue.next(*wake);
  ASSERT_TRUE(probe);
  EXPECT_FALSE(it.queue.next(*wake));
  it.settle(probe->ticket, verdict(kind::acknowledged), *wake);
  EXPECT_TRUE(it.queue.next(*wake));
  EXPECT_TRUE(it.queue.next(*wake));
}

TEST(export_queue, frames_wholly_refused_in_a_row_open_the_breaker) {
  bench it;
  for (int i = 0; i < 4; ++i) {
    it.offer("a", static_cast<std::size_t>(i));
  }
  for (int i = 0; i < 3; ++i) {
    const auto sent = it.queue.next(t0);
    ASSERT_TRUE(sent);
    it.settle(sent->ticket, verdict(kind::refused));
  }
  EXPECT_EQ(it.queue.breaker().current(), circuit_breaker::state::open);
  EXPECT_EQ(it.book->view().quarantined, 9U);
}

TEST(export_queue, what_is_too_old_is_dropped_unless_it_is_in_flight) {
  bench it;
  for (int i = 0; i < 4; ++i) {
    it.offer("a");
  }
  it.offer("b");
  const auto sent = it.queue.next(t0);
  EXPECT_EQ(bench::number_of(*sent), 1U);
  // A frame's newest point is as many seconds old as frames came before it.
  it.queue.drop_older(wall_time{seconds{3}});
  EXPECT_EQ(it.dropped(drop_reason::too_old), 0U)
    << "nothing overtakes what is in flight";
  it.settle(sent->ticket, verdict(kind::acknowledged));
  it.queue.drop_older(wall_time{seconds{3}});
  EXPECT_EQ(it.dropped(drop_reason::too_old), 2U);
  EXPECT_EQ(it.queue.frames(), 2U);
  EXPECT_TRUE(it.book->view().balanced());
}

TEST(export_queue, what_cannot_be_encoded_again_is_dropped_for_that) {
  bench it;
  it.offer("a");
  const auto sent = it.queue.next(t0);
  EXPECT_NE(it.settle(sent->ticket, verdict(kind::other_encoding)).what,
            nullptr);
  it.queue.replace(sent->ticket, nullptr);
  EXPECT_EQ(it.dropped(drop_reason::unencodable), 1U);
  EXPECT_TRUE(it.queue.empty());
}

TEST(export_queue, abandoning_drops_what_waits_and_what_is_in_flight) {
  bench it;
  it.offer("a");
  it.offer("a");
  const auto sent = it.queue.next(t0);
  it.queue.abandon(drop_reason::stopping);
  EXPECT_EQ(it.dropped(drop_reason::stopping), 2U);
  EXPECT_TRUE(it.queue.empty());
  EXPECT_EQ(it.settle(sent->ticket, verdict(kind::acknowledged)).what, nullptr);
  EXPECT_TRUE(it.book->view().balanced());
  EXPECT_EQ(it.book->view().acked, 0U);
}

} // namespace
} // namespace pgmuster
