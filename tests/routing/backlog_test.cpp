// What is on disk goes first where order is strict, and nothing is forgotten
// on the way, whatever the disk and the destination do.
#include "routing/backlog.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <deque>
#include <random>

namespace pgmuster {
namespace {

using entry = export_queue::entry;

class backlog_test : public testing::Test {
protected:
  entry make(int number, const std::string& tenant = "acme") {
    auto made = std::make_shared<frame>();
    made->tenant = tenant_id{tenant};
    made->route = route_name{"main"};
    made->points = 1;
    made->payload = std::to_string(number);
    auto lease = std::make_shared<delivery_lease>(book_);
    lease->enter(1, 0);
    lease->framed(1);
    return {made, lease};
  }

  static std::vector<int> numbers(const std::vector<entry>& frames) {
    std::vector<int> all;
    for (const auto& one : frames) {
      all.push_back(std::stoi(one.what->payload));
    }
    return all;
  }

  static backlog_rules rules(delivery_order ordering, spool_mode mode) {
    backlog_rules made;
    made.ordering = ordering;
    made.mode = mode;
    return made;
  }

  std::shared_ptr<delivery_book> book_ = std::make_shared<delivery_book>();
  const backlog::key acme_{tenant_id{"acme"}, 0};
  mono_time now_{seconds{100}};
};

TEST_F(backlog_test, with_nothing_on_disk_fresh_frames_pass) {
  backlog of{rules(delivery_order::strict, spool_mode::overflow)};
  EXPECT_TRUE(of.found({}).empty());
  EXPECT_TRUE(of.take_in(make(1), false));
  EXPECT_TRUE(of.empty());
}

TEST_F(backlog_test, until_the_disk_is_known_fresh_frames_wait) {
  backlog of{rules(delivery_order::strict, spool_mode::overflow)};
  EXPECT_FALSE(of.take_in(make(1), false));
  EXPECT_FALSE(of.take_in(make(2, "rival"), false));
  EXPECT_FALSE(of.next_write(now_)) << "it may not be needed";
  EXPECT_EQ(numbers(of.found({acme_})), std::vector<int>{2});
  const auto order = of.next_write(now_);
  ASSERT_TRUE(order);
  EXPECT_EQ(order->of, acme_);
}

TEST_F(backlog_test, relaxed_lets_fresh_frames_pass_what_is_on_disk) {
  backlog of{rules(delivery_order::relaxed, spool_mode::overflow)};
  EXPECT_TRUE(of.take_in(make(1), false));
  EXPECT_TRUE(of.found({acme_}).empty());
  EXPECT_TRUE(of.take_in(make(2), false));
}

TEST_F(backlog_test, always_writes_each_frame_and_then_sends_it) {
  backlog of{rules(delivery_order::strict, spool_mode::always)};
  EXPECT_TRUE(of.found({}).empty());
  EXPECT_FALSE(of.take_in(make(1), false));
  ASSERT_TRUE(of.next_write(now_));
  EXPECT_FALSE(of.next_write(now_)) << "one at a time";
  const auto written = of.wrote(acme_);
  EXPECT_EQ(written.then, backlog::written::next::send);
  EXPECT_TRUE(of.empty());
}

TEST_F(backlog_test, a_refusal_with_nothing_on_disk_sends_from_memory) {
  backlog of{rules(delivery_order::strict, spool_mode::always)};
  EXPECT_TRUE(of.found({}).empty());
  for (int at = 1; at < 4; ++at) {
    EXPECT_FALSE(of.take_in(make(at), false));
  }
  ASSERT_TRUE(of.next_write(now_));
  EXPECT_EQ(numbers(of.not_wrote(acme_, now_)), (std::vector<int>{1, 2, 3}));
  EXPECT_FALSE(of.take_in(make(4), false));
  EXPECT_FALSE(of.next_write(now_)) << "it is not asked again at once";
  EXPECT_TRUE(of.next_write(now_ + seconds{2}));
}

TEST_F(backlog_test, a_refusal_behind_what_is_on_disk_waits_and_is_bounded) {
  auto limits = rules(delivery_order::strict, spool_mode::overflow);
  limits.waiting_max = byte_count{3};
  backlog of{limits};
  EXPECT_TRUE(of.found({acme_}).empty());
  EXPECT_FALSE(of.take_in(make(1), false));
  ASSERT_TRUE(of.next_write(now_));
  EXPECT_TRUE(of.not_wrote(acme_, now_).empty());
  for (int at = 2; at < 6; ++at) {
    EXPECT_FALSE(of.take_in(make(at), false));
  }
  EXPECT_EQ(of.frames(), 3U);
  EXPECT_EQ(
    book_->view().dropped[static_cast<std::size_t>(drop_reason::queue_full)],
    2U);
  EXPECT_TRUE(book_->view().balanced());
}

TEST_F(backlog_test, sub_queues_are_read_in_turn_and_one_reading_each) {
  backlog of{rules(delivery_order::strict, spool_mode::overflow)};
  const backlog::key rival{tenant_id{"rival"}, 0};
  EXPECT_TRUE(of.found({acme_, rival}).empty());
  const auto all = [](const backlog::key&) { return true; };
  EXPECT_EQ(of.next_read(all), acme_);
  EXPECT_EQ(of.next_read(all), rival);
  EXPECT_EQ(of.next_read(all), std::nullopt);
  EXPECT_TRUE(of.read(acme_, false).empty());
  EXPECT_TRUE(of.read(rival, true).empty());
  EXPECT_EQ(of.next_read(all), acme_);
  of.gave_back(acme_);
  EXPECT_TRUE(of.read(acme_, true).empty());
  EXPECT_EQ(of.next_read(all), acme_) << "it grew while it was read";
}

TEST_F(backlog_test, a_replay_keeps_three_tenths_while_fresh_frames_wait) {
  export_queue queue{byte_count{1U << 30U}, 1, {}};
  for (int at = 0; at < 200; ++at) {
    auto one = make(at);
    auto large = std::make_shared<frame>(*one.what);
    large->payload.resize(100'000);
    one.what = large;
    one.replayed = at % 2 == 1;
    queue.offer(std::move(one));
  }
  export_verdict taken;
  taken.is = export_verdict::kind::acknowledged;
  auto replayed = 0;
  for (int sent = 0; sent < 100; ++sent) {
    const auto next = queue.next(now_);
    ASSERT_TRUE(next);
    replayed += std::atoi(next->what->payload.c_str()) % 2;
    static_cast<void>(
      queue.settle(next->ticket, taken, now_, [] { return 0.5; }));
  }
  EXPECT_EQ(replayed, 30);
}

/// A disk and a destination that do as a seed says; the order and the number
/// of what arrives are held against what was put in.
class life {
public:
  life(std::uint32_t seed, delivery_order ordering, spool_mode mode)
    : random_(seed), of_(make_rules(ordering, mode)) {
    static_cast<void>(of_.found({}));
  }

  void run(int steps) {
    for (int step = 0; step < steps; ++step) {
      now_ += milliseconds{300};
      one_step();
      ASSERT_TRUE(book_->view().balanced());
    }
    for (int step = 0; step < 100'000 && !finished(); ++step) {
      now_ += milliseconds{300};
      settle_step();
    }
    ASSERT_TRUE(finished());
  }

  [[nodiscard]] const std::vector<int>& arrived() const { return arrived_; }
  [[nodiscard]] int put_in() const { return put_in_; }
  [[nodiscard]] delivery_view books() const { return book_->view(); }

private:
  struct on_disk {
    std::shared_ptr<const frame> what;
    bool waits = false;
    bool ended = false;
  };

  static backlog_rules make_rules(delivery_order ordering, spool_mode mode) {
    backlog_rules made;
    made.ordering = ordering;
    made.mode = mode;
    return made;
  }

  void one_step() {
    switch (random_() % 8) {
    case 0:
    case 1:
    case 2:
      put_one_in();
      return;
    case 3:
      spill();
      return;
    default:
      act();
    }
  }

  void settle_step() { act(); }

  void put_one_in() {
    auto made = std::make_shared<frame>();
    made->tenant = tenant_id{"acme"};
    made->points = 1;
    made->payload = std::to_string(put_in_++);
    auto lease = std::make_shared<delivery_lease>(book_);
    lease->enter(1, 0);
    lease->framed(1);
    if (auto passed = of_.take_in({made, lease}, has_bare())) {
      queue_.push_back(std::move(*passed));
    }
  }

  [[nodiscard]] bool has_bare() const {
    return std::any_of(queue_.begin(), queue_.end(),
                       [](const entry& one) { return !one.lease->has_copy(); });
  }

  void spill() {
    const auto from = queue_.empty() ? 0 : random_() % queue_.size();
    std::vector<entry> taken;
    for (std::size_t at = 0; at < queue_.size(); ++at) {
      if (at < from && queue_[at].lease->has_copy()) {
        continue;
      }
      taken.push_back(queue_[at]);
      taken.back().in_queue = at < from;
    }
    if (from == queue_.size()) {
      return;
    }
    queue_.resize(from);
    of_.take_out(std::move(taken));
  }

  void offer(std::vector<entry> frames) {
    for (auto& one : frames) {
      queue_.push_back(std::move(one));
    }
  }

  void act() {
    switch (random_() % 4) {
    case 0:
      deliver();
      return;
    case 1:
      write();
      return;
    case 2:
      if (queue_.empty() && !reading_) {
        reading_ = of_.next_read([](const auto&) { return true; }).has_value();
      }
      return;
    default:
      end_reading();
    }
  }

  void deliver() {
    if (!queue_.empty()) {
      arrived_.push_back(std::stoi(queue_.front().what->payload));
      queue_.front().lease->acknowledge(0);
      queue_.pop_front();
    }
  }

  void write() {
    const auto order = of_.next_write(now_);
    if (!order) {
      return;
    }
    if (random_() % 5 == 0) {
      offer(of_.not_wrote(order->of, now_));
      return;
    }
    disk_.push_back({order->what, false, false});
    auto written = of_.wrote(order->of);
    keep_copy(*written.what.lease, disk_.size() - 1);
    if (written.then == backlog::written::next::nothing) {
      return;
    }
    if (written.then == backlog::written::next::send) {
      queue_.push_back(std::move(written.what));
    } else {
      written.what.lease->spool();
      of_.gave_back(order->of);
    }
  }

  void keep_copy(delivery_lease& lease, std::size_t place) {
    if (lease.points() == 0) {
      disk_[place].ended = true;
      return;
    }
    lease.keep_copy([this, place](bool ended) {
      disk_[place].waits = !ended;
      disk_[place].ended = ended;
    });
  }

  void end_reading() {
    if (!std::exchange(reading_, false)) {
      return;
    }
    const auto most = 1 + random_() % 3;
    std::vector<entry> frames;
    for (std::size_t at = 0; at < disk_.size() && frames.size() < most; ++at) {
      if (disk_[at].waits) {
        disk_[at].waits = false;
        auto lease = delivery_lease::read_back(book_, 1);
        keep_copy(*lease, at);
        frames.push_back({disk_[at].what, lease});
      }
    }
    const auto drained = frames.size() < most;
    offer(std::move(frames));
    offer(of_.read({tenant_id{"acme"}, 0}, drained));
  }

  [[nodiscard]] bool finished() const {
    return queue_.empty() && of_.empty() && !of_.anything_on_disk();
  }

  std::mt19937 random_;
  backlog of_;
  std::shared_ptr<delivery_book> book_ = std::make_shared<delivery_book>();
  mono_time now_{seconds{100}};
  std::deque<entry> queue_;
  std::deque<on_disk> disk_;
  bool reading_ = false;
  int put_in_ = 0;
  std::vector<int> arrived_;
};

TEST(backlog, keeps_order_and_books_through_any_life_where_it_is_strict) {
  for (const auto mode : {spool_mode::overflow, spool_mode::always}) {
    for (std::uint32_t seed = 0; seed < 1'000; ++seed) {
      life one{seed, delivery_order::strict, mode};
      one.run(150);
      ASSERT_EQ(one.arrived().size(), static_cast<std::size_t>(one.put_in()))
        << "seed " << seed;
      ASSERT_TRUE(std::is_sorted(one.arrived().begin(), one.arrived().end()))
        << "seed " << seed << " mode " << static_cast<int>(mode);
      ASSERT_EQ(one.books().acked, static_cast<std::uint64_t>(one.put_in()));
      ASSERT_TRUE(one.books().balanced());
    }
  }
}

TEST(backlog, loses_nothing_through_any_life_where_it_is_relaxed) {
  for (const auto mode : {spool_mode::overflow, spool_mode::always}) {
    for (std::uint32_t seed = 0; seed < 500; ++seed) {
      life one{seed, delivery_order::relaxed, mode};
      one.run(150);
      auto arrived = one.arrived();
      std::sort(arrived.begin(), arrived.end());
      ASSERT_EQ(arrived.size(), static_cast<std::size_t>(one.put_in()));
      ASSERT_EQ(std::unique(arrived.begin(), arrived.end()), arrived.end());
      ASSERT_TRUE(one.books().balanced());
    }
  }
}

} // namespace
} // namespace pgmuster
