// When memory is short the oldest frames of who holds too much go, and no
// other's.
#include "routing/export_queue.hpp"
#include "tests/routing/random_source.hpp"

#include <gtest/gtest.h>

namespace pgmuster {
namespace {

using literals::operator""_MiB;
using testing_routing::dice;

constexpr mono_time t0{seconds{1'000}};

class shed_case : public testing::Test {
protected:
  std::shared_ptr<delivery_book> book(const std::string& tenant) {
    return books_.delivery(tenant_id{tenant}, route_name{"main"});
  }
  void
  offer(const std::string& tenant, std::size_t bytes, std::size_t shard = 0) {
    auto made = std::make_shared<frame>();
    made->tenant = tenant_id{tenant};
    made->shard = shard;
    made->points = 1;
    made->payload.resize(bytes);
    auto lease = std::make_shared<delivery_lease>(book(tenant));
    lease->enter(1, 0);
    lease->framed(1);
    queue_.offer({std::move(made), std::move(lease)});
  }
  std::uint64_t shed(const std::string& tenant) {
    return book(tenant)
      ->view()
      .dropped[static_cast<std::size_t>(drop_reason::memory)];
  }

  ledger books_;
  export_queue queue_{64_MiB, 8, {}};
};

TEST_F(shed_case, the_oldest_of_the_tenant_go_and_no_other_s) {
  offer("large", 100);
  offer("small", 100);
  offer("large", 300, 1);
  offer("large", 600);
  queue_.shed(tenant_id{"large"}, 0.6);
  EXPECT_EQ(shed("large"), 2U);
  EXPECT_EQ(shed("small"), 0U);
  EXPECT_EQ(queue_.waiting(), byte_count{700});
  EXPECT_EQ(book("large")->view().bytes, 600U);
  EXPECT_EQ(book("small")->view().bytes, 100U);
}

TEST_F(shed_case, what_is_in_flight_stays) {
  offer("a", 100);
  offer("a", 100);
  const auto sent = queue_.next(t0);
  queue_.shed(tenant_id{"a"}, 0);
  EXPECT_EQ(shed("a"), 1U);
  export_verdict taken;
  taken.is = export_verdict::kind::acknowledged;
  (void)queue_.settle(sent->ticket, taken, t0, [] { return 0.5; });
  EXPECT_EQ(book("a")->view().acked, 1U);
  EXPECT_EQ(book("a")->view().bytes, 0U);
  EXPECT_TRUE(book("a")->view().balanced());
}

TEST_F(shed_case, keeps_no_more_than_the_share_whatever_waits) {
  dice random;
  for (int life = 0; life < 300; ++life) {
    for (int one = 0; one < 30; ++one) {
      offer(random.one_in(2) ? "a" : "b", 1 + random.upto(1'000),
            random.upto(3));
      if (random.one_in(3)) {
        (void)queue_.next(t0);
      }
    }
    const auto others = book("b")->view().bytes;
    const auto waiting = queue_.waiting().value();
    const auto keeps = static_cast<double>(random.upto(100)) / 100;
    queue_.shed(tenant_id{"a"}, keeps);
    ASSERT_EQ(book("b")->view().bytes, others);
    ASSERT_LE(queue_.waiting().value(), waiting);
    ASSERT_TRUE(book("a")->view().balanced());
    queue_.abandon(drop_reason::stopping);
    ASSERT_EQ(book("a")->view().bytes, 0U);
    ASSERT_EQ(queue_.waiting(), byte_count{0});
  }
}

} // namespace
} // namespace pgmuster
