// The books balance through random lives, and do not when they should not.
#include "routing/lease.hpp"
#include "routing/ledger.hpp"
#include "tests/routing/random_source.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <map>
#include <set>
#include <string_view>
#include <thread>
#include <vector>

namespace pgmuster {
namespace {

using literals::operator""_KiB;
using testing_routing::dice;

/// One tenant's life: leases open and end, batches fill, become frames, end.
class life {
public:
  explicit life(dice& random) : random_(random) {}

  void step() {
    switch (random_.upto(7)) {
    case 0:
    case 1:
      observe();
      return;
    case 2:
      end_observation();
      return;
    case 3:
      enter_batch();
      return;
    case 4:
      seal();
      return;
    case 5:
      end_frame();
      return;
    case 6:
      take_frame_apart();
      return;
    default:
      use_spool();
    }
  }

  [[nodiscard]] bool balanced() const {
    return shaping->view().balanced() && delivery->view().balanced();
  }
  [[nodiscard]] std::uint64_t held() const {
    std::uint64_t sum = 0;
    for (const auto& lease : observed_) {
      sum += lease->points();
    }
    return sum;
  }
  [[nodiscard]] std::uint64_t in_flight() const {
    std::uint64_t sum = 0;
    for (const auto& lease : frames_) {
      sum += lease->points();
    }
    return sum;
  }
  [[nodiscard]] std::uint64_t copied() const {
    std::uint64_t sum = 0;
    for (const auto& lease : frames_) {
      sum += lease->has_copy() ? lease->points() : 0;
    }
    return sum;
  }
  [[nodiscard]] std::uint64_t spooled() const { return spooled_; }
  /// What the spool has a copy of stays spooled.
  void end() {
    observed_.clear();
    for (auto& lease : frames_) {
      let_go(std::move(lease));
    }
    frames_.clear();
    batch_.reset();
  }

  std::shared_ptr<shaping_book> shaping = std::make_shared<shaping_book>();
  std::shared_ptr<delivery_book> delivery = std::make_shared<delivery_book>();
  std::shared_ptr<credit_account> credit =
    std::make_shared<credit_account>(64_KiB, 4_KiB);

private:
  void observe() {
    auto lease =
      shaping_lease::open(shaping, credit, byte_count{random_.upto(20'000)},
                          random_.upto(500), random_.one_in(8));
    if (lease) {
      observed_.push_back(std::move(lease));
    }
  }

  void end_observation() {
    if (observed_.empty()) {
      return;
    }
    const auto lease = std::move(observed_.back());
    observed_.pop_back();
    if (random_.one_in(5)) {
      return;
    }
    shaping_tally went;
    went.passed = random_.upto(lease->points());
    went.unchanged = random_.upto(lease->points() - went.passed);
    went.folded = lease->points() - went.passed - went.unchanged;
    lease->settle(went);
  }

  void enter_batch() {
    if (!batch_) {
      batch_ = std::make_shared<delivery_lease>(delivery);
    }
    batch_->enter(random_.upto(300), random_.upto(20));
  }

  void seal() {
    if (!batch_) {
      return;
    }
    const auto batch = std::move(batch_);
    batch_.reset();
    if (random_.one_in(6)) {
      batch->drop(drop_reason::unencodable);
    } else if (!random_.one_in(6)) {
      batch->framed(batch->points());
      frames_.push_back(batch);
    }
  }

  void end_frame() {
    if (frames_.empty()) {
      return;
    }
    auto lease = std::move(frames_.back());
    frames_.pop_back();
    switch (random_.upto(5)) {
    case 0:
      lease->acknowledge(random_.upto(lease->points() + 5));
      return;
    case 1:
      lease->reject();
      return;
    case 2:
      lease->drop(drop_reason::queue_full);
      return;
    case 3:
      lease->quarantine();
      return;
    case 4:
      spooled_ += lease->points() + (lease->has_copy() ? ended_[lease] : 0);
      lease->spool();
      return;
    default:
      let_go(std::move(lease));
    }
  }

  /// An actor dies with it.
  void let_go(std::shared_ptr<delivery_lease> lease) {
    if (lease->has_copy() && lease->points() > 0) {
      spooled_ += lease->points() + ended_[lease];
    }
    ended_.erase(lease);
  }

  void take_frame_apart() {
    if (frames_.empty()) {
      return;
    }
    auto& lease = frames_.back();
    auto left = lease->points();
    const auto some = [&] {
      const auto part = random_.upto(left);
      left -= part;
      return part;
    };
    delivery_end how;
    how.acked = some();
    how.rejected = some();
    how.quarantined = some();
    how.dropped = dropped_for(drop_reason::ambiguous, some());
    ended_[lease] += how.points();
    lease->end(how);
  }

  void use_spool() {
    switch (random_.upto(3)) {
    case 0: {
      const auto points = random_.upto(300);
      delivery->recover(points);
      spooled_ += points;
      return;
    }
    case 1: {
      const auto points = random_.upto(spooled_);
      spooled_ -= points;
      delivery->drop_spooled(points, drop_reason::spool_full);
      return;
    }
    case 2: {
      const auto points = random_.upto(spooled_);
      spooled_ -= points;
      frames_.push_back(delivery_lease::read_back(delivery, points));
      return;
    }
    default:
      if (!frames_.empty()) {
        frames_.back()->keep_copy();
      }
    }
  }

  dice& random_;
  std::vector<std::shared_ptr<shaping_lease>> observed_;
  std::shared_ptr<delivery_lease> batch_;
  std::vector<std::shared_ptr<delivery_lease>> frames_;
  std::map<std::shared_ptr<delivery_lease>, std::uint64_t> ended_;
  /// What the spool would count.
  std::uint64_t spooled_ = 0;
};

TEST(ledger, balances_after_every_step_of_a_random_life) {
  dice random;
  life one{random};
  for (int i = 0; i < 20'000; ++i) {
    one.step();
    ASSERT_TRUE(one.balanced()) << "step " << i;
    ASSERT_EQ(one.shaping->view().held, one.held());
    ASSERT_EQ(one.delivery->view().in_flight, one.in_flight());
    ASSERT_EQ(one.delivery->view().spooled, one.spooled());
    ASSERT_EQ(one.delivery->view().copied, one.copied());
  }
  one.end();
  EXPECT_TRUE(one.balanced());
  EXPECT_EQ(one.shaping->view().held, 0U);
  EXPECT_EQ(one.delivery->view().batching, 0U);
  EXPECT_EQ(one.delivery->view().in_flight, 0U);
  EXPECT_EQ(one.delivery->view().spooled, one.spooled());
  EXPECT_EQ(one.credit->in_use(), byte_count{0});
}

TEST(ledger, a_planted_error_unbalances_it) {
  const auto book = std::make_shared<delivery_book>();
  delivery_lease lease{book};
  lease.enter(10, 2);
  lease.framed(11);
  EXPECT_FALSE(book->view().balanced());
  lease.acknowledge(0);
  EXPECT_FALSE(book->view().balanced());

  shaping_book shaping;
  shaping.observe(10);
  shaping.settle(10, {.passed = 9});
  EXPECT_FALSE(shaping.view().balanced());
}

TEST(ledger, what_is_let_go_unsettled_is_actor_lost_and_credit_returns) {
  const auto book = std::make_shared<shaping_book>();
  const auto credit = std::make_shared<credit_account>(64_KiB, 4_KiB);
  constexpr auto lost = static_cast<std::size_t>(drop_reason::actor_lost);
  shaping_lease::open(book, credit, 1_KiB, 7).reset();
  EXPECT_EQ(book->view().went.dropped[lost], 7U);
  EXPECT_EQ(credit->in_use(), byte_count{0});
}

TEST(ledger, a_frame_taken_apart_ends_part_by_part) {
  const auto book = std::make_shared<delivery_book>();
  delivery_lease lease{book};
  lease.enter(10, 0);
  lease.framed(10);
  delivery_end part;
  part.acked = 4;
  part.quarantined = 1;
  lease.end(part);
  EXPECT_EQ(lease.points(), 5U);
  EXPECT_EQ(book->view().in_flight, 5U);
  lease.reject();
  EXPECT_EQ(book->view().acked, 4U);
  EXPECT_EQ(book->view().quarantined, 1U);
  EXPECT_EQ(book->view().rejected, 5U);
  EXPECT_TRUE(book->view().balanced());
}

TEST(ledger, what_the_spool_has_a_copy_of_is_not_lost_with_its_actor) {
  const auto book = std::make_shared<delivery_book>();
  book->recover(20);
  auto first = delivery_lease::read_back(book, 20);
  EXPECT_EQ(book->view().spooled, 0U);
  EXPECT_EQ(book->view().in_flight, 20U);
  delivery_end part;
  part.acked = 8;
  first->end(part);
  first.reset();
  // The whole frame comes again, the eight that arrived too.
  EXPECT_EQ(book->view().spooled, 20U);
  EXPECT_EQ(book->view().recovered, 28U);
  EXPECT_EQ(sum_of(book->view().dropped), 0U);
  EXPECT_TRUE(book->view().balanced());
  delivery_lease::read_back(book, 20)->acknowledge(0);
  EXPECT_EQ(book->view().acked, 28U);
  EXPECT_TRUE(book->view().balanced());
}

TEST(ledger, who_finds_credit_short_drops_its_points_for_that_reason) {
  const auto book = std::make_shared<shaping_book>();
  const auto credit = std::make_shared<credit_account>(64_KiB, 4_KiB);
  EXPECT_EQ(shaping_lease::open(book, credit, 61_KiB, 7), nullptr);
  constexpr auto short_of = static_cast<std::size_t>(drop_reason::no_credit);
  EXPECT_EQ(book->view().went.dropped[short_of], 7U);
  EXPECT_EQ(book->view().observed, 7U);
  EXPECT_EQ(credit->refused(), 1U);
  EXPECT_NE(shaping_lease::open(book, credit, 61_KiB, 7, true), nullptr);
}

TEST(ledger, every_drop_reason_has_a_name_of_its_own) {
  std::set<std::string_view> names;
  for (std::size_t i = 0; i < drop_reasons; ++i) {
    names.insert(to_string(static_cast<drop_reason>(i)));
  }
  EXPECT_EQ(names.size(), drop_reasons);
  EXPECT_EQ(names.count(""), 0U);
}

TEST(ledger, is_balanced_whenever_another_thread_looks) {
  ledger books;
  const auto credit = std::make_shared<credit_account>(64_KiB, 4_KiB);
  std::atomic<bool> done{false};
  std::vector<std::thread> workers;
  for (int t = 0; t < 3; ++t) {
    workers.emplace_back([&, t] {
      const tenant_id tenant{t == 0 ? "one" : "two"};
      for (int i = 0; i < 5'000; ++i) {
        auto lease =
          shaping_lease::open(books.shaping(tenant), credit, 30_KiB, 5);
        delivery_lease batch{books.delivery(tenant, route_name{"main"})};
        batch.enter(5, 1);
        if (lease && i % 3 != 0) {
          lease->settle({.passed = 4, .folded = 1});
        }
        batch.framed(6);
        if (i % 4 != 0) {
          batch.acknowledge(2);
        }
      }
    });
  }
  std::thread reader{[&] {
    while (!done) {
      for (const auto& view : books.view()) {
        EXPECT_TRUE(view.shaping.balanced());
        for (const auto& [route, delivery] : view.delivery) {
          EXPECT_TRUE(delivery.balanced());
        }
      }
    }
  }};
  for (auto& worker : workers) {
    worker.join();
  }
  done = true;
  reader.join();
  EXPECT_EQ(credit->in_use(), byte_count{0});
  const auto views = books.view();
  ASSERT_EQ(views.size(), 2U);
  EXPECT_EQ(views[0].shaping.observed, 25'000U);
  EXPECT_EQ(views[1].shaping.observed, 50'000U);
  EXPECT_EQ(views[1].delivery.at(route_name{"main"}).passed, 50'000U);
}

} // namespace
} // namespace pgmuster
