// Members share a fleet: each target has one, evenly, and few move.
#include "routing/member_slots.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace pgmuster {
namespace {

TEST(parse_member, takes_a_number_of_a_number_and_nothing_else) {
  const auto read = parse_member("3/16");
  ASSERT_TRUE(read);
  EXPECT_EQ(read->number, 3U);
  EXPECT_EQ(read->of, 16U);
  EXPECT_TRUE(parse_member("1/1"));
  EXPECT_TRUE(parse_member("256/256"));
  for (const auto* text :
       {"", "3", "/", "3/", "/16", "0/16", "17/16", "3/16/2", "-1/16", "+3/16",
        " 3/16", "3/16 ", "1/257", "1/99999999999", "a/b"}) {
    EXPECT_FALSE(parse_member(text)) << text;
  }
}

TEST(slot_of, stays_the_same_for_ever) {
  // Written down: a release that changed them would collect targets twice
  // while members are replaced one by one.
  EXPECT_EQ(slot_of("acme", "orders"), 23U);
  EXPECT_EQ(slot_of("t-0", "s-00000"), 1061U);
  EXPECT_EQ(owner_of(0, 16), 14U);
  EXPECT_EQ(owner_of(4095, 16), 14U);
}

TEST(owner_of, gives_each_member_its_even_share) {
  for (const std::uint32_t members : {1U, 2U, 3U, 16U}) {
    std::vector<int> owned(members + 1, 0);
    for (std::uint32_t slot = 0; slot < member_slots; ++slot) {
      const auto owner = owner_of(slot, members);
      ASSERT_GE(owner, 1U);
      ASSERT_LE(owner, members);
      ++owned[owner];
    }
    const double even = static_cast<double>(member_slots) / members;
    for (std::uint32_t number = 1; number <= members; ++number) {
      EXPECT_NEAR(owned[number], even, even * 0.2) << number << '/' << members;
    }
  }
}

TEST(owner_of, moves_slots_only_to_the_new_member) {
  for (std::uint32_t members = 1; members < 20; ++members) {
    int moved = 0;
    for (std::uint32_t slot = 0; slot < member_slots; ++slot) {
      const auto before = owner_of(slot, members);
      const auto after = owner_of(slot, members + 1);
      if (after != before) {
        EXPECT_EQ(after, members + 1);
        ++moved;
      }
    }
    EXPECT_LT(moved, 1.3 * member_slots / (members + 1));
  }
}

TEST(keep_own_targets, leaves_every_target_to_exactly_one_member) {
  configuration whole;
  for (const auto* id : {"acme", "zenith"}) {
    tenant_config tenant;
    tenant.id = tenant_id{id};
    for (int at = 0; at < 500; ++at) {
      target_config one;
      one.name = target_name{"s-" + std::to_string(at)};
      tenant.targets.push_back(one);
    }
    whole.tenants.push_back(tenant);
  }
  std::vector<int> collected(1000, 0);
  for (std::uint32_t number = 1; number <= 5; ++number) {
    auto mine = whole;
    const auto kept = keep_own_targets(mine, {number, 5});
    EXPECT_NEAR(static_cast<double>(kept), 200, 60);
    EXPECT_EQ(mine.tenants.size(), 2U);
    for (std::size_t tenant = 0; tenant < 2; ++tenant) {
      for (const auto& one : mine.tenants[tenant].targets) {
        const auto at = std::stoul(one.name.value().substr(2));
        ++collected[tenant * 500 + at];
      }
    }
  }
  for (const int times : collected) {
    ASSERT_EQ(times, 1);
  }
}

} // namespace
} // namespace pgmuster
