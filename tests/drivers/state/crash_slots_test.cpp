// Each book has a count of its own, and what a tenant has in lanes may be
// missing on each of its routes.
#include "drivers/state/crash_slots.hpp"

#include <gtest/gtest.h>

namespace pgmuster {
namespace {

const tenant_id acme{"acme"};
const tenant_id bolt{"bolt"};
const route_name copy{"copy"};
const route_name main{"main"};

crash_document two_tenants() {
  crash_document left;
  left.bounds = {{acme, copy, 900}, {acme, main, 900}, {bolt, main, 900}};
  return left;
}

TEST(crash_slots, tells_what_was_held_when_the_process_died) {
  const auto left = two_tenants();
  const crash_slots slots{left.bounds};
  ASSERT_EQ(slots.count(), 5U);
  EXPECT_FALSE(slots.of(bolt, copy));
  EXPECT_FALSE(slots.of(tenant_id{"other"}));
  std::vector<std::uint64_t> counts(slots.count());
  counts[*slots.of(acme, copy)] = 1;
  counts[*slots.of(acme, main)] = 20;
  counts[*slots.of(bolt, main)] = 300;
  counts[*slots.of(acme)] = 4'000;
  counts[*slots.of(bolt)] = 50'000;
  const auto counted = counted_at_death(left, counts);
  ASSERT_TRUE(counted);
  ASSERT_EQ(counted->size(), 3U);
  EXPECT_EQ(counted->at(0).points, 4'001U);
  EXPECT_EQ(counted->at(1).points, 4'020U);
  EXPECT_EQ(counted->at(2).points, 50'300U);
}

TEST(crash_slots, counts_of_another_configuration_say_nothing) {
  EXPECT_FALSE(counted_at_death(two_tenants(), {1, 2, 3, 4}));
  EXPECT_FALSE(counted_at_death(two_tenants(), {}));
}

} // namespace
} // namespace pgmuster
