// The bound holds whatever a crash cuts off, as long as no second is more than
// twice as busy as the busiest before.
#include "routing/crash_bounds.hpp"
#include "routing/lease.hpp"
#include "tests/routing/random_source.hpp"

#include <gtest/gtest.h>

namespace pgmuster {
namespace {

using testing_routing::dice;

const outlet_key key{tenant_id{"acme"}, route_name{"main"}};

configuration one_target() {
  configuration config;
  tenant_config tenant;
  tenant.id = key.first;
  tenant.routes = {key.second};
  tenant.targets.resize(1);
  config.tenants.push_back(std::move(tenant));
  return config;
}

class crash_bounds_case : public testing::Test {
protected:
  std::uint64_t look() {
    now_ += seconds{1};
    return bounds_.look(books_.view(), now_).at(key);
  }
  std::shared_ptr<delivery_lease> frame_of(std::uint64_t points) {
    auto lease =
      std::make_shared<delivery_lease>(books_.delivery(key.first, key.second));
    lease->enter(points, 0);
    lease->framed(points);
    return lease;
  }

  ledger books_;
  mono_time now_{};
  crash_bounds bounds_{one_target(), {}, mono_time{}};
};

TEST_F(crash_bounds_case, a_young_run_reckons_with_every_first_cycle) {
  EXPECT_EQ(look(), 10'000U);
}

TEST_F(crash_bounds_case, what_is_held_and_twice_the_peak_may_be_lost) {
  now_ += seconds{300};
  EXPECT_EQ(look(), 0U);
  frame_of(100)->acknowledge(0);
  const auto held = frame_of(7);
  EXPECT_EQ(look(), 7U + 2 * 107U);
  EXPECT_EQ(look(), 7U + 2 * 107U);
}

TEST_F(crash_bounds_case, what_the_spool_has_is_not_lost) {
  now_ += seconds{300};
  (void)look();
  const auto held = frame_of(7);
  held->keep_copy();
  EXPECT_EQ(look(), 2 * 7U);
  held->spool();
  EXPECT_EQ(look(), 2 * 7U);
}

TEST_F(crash_bounds_case, holds_for_random_lives_that_are_cut_off) {
  dice random;
  now_ += seconds{300};
  std::vector<std::shared_ptr<delivery_lease>> held;
  // The busiest second is known.
  frame_of(1'000)->acknowledge(0);
  auto bound = look();
  for (int second = 0; second < 5'000; ++second) {
    std::uint64_t entered = 0;
    while (entered < random.upto(1'500)) {
      const auto points = random.upto(200);
      entered += points;
      held.push_back(frame_of(points));
      if (random.one_in(2) && !held.empty()) {
        held.front()->acknowledge(0);
        held.erase(held.begin());
      }
      const auto view = books_.delivery(key.first, key.second)->view();
      ASSERT_LE(view.batching + view.in_flight, bound) << "second " << second;
    }
    bound = look();
  }
}

} // namespace
} // namespace pgmuster
