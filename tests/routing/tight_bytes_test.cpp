// What is held from cycle to cycle occupies what it needs.
#include "routing/tight_bytes.hpp"

#include <gtest/gtest.h>

namespace pgmuster {
namespace {

TEST(tight_bytes, a_little_growth_needs_no_other_memory) {
  std::string held;
  hold_tightly(held, std::string(1600, 'a'));
  const auto* const first = held.data();
  hold_tightly(held, std::string(1700, 'b'));
  EXPECT_EQ(held, std::string(1700, 'b'));
  EXPECT_EQ(held.data(), first);
}

TEST(tight_bytes, much_growth_does_not_double) {
  std::string held;
  hold_tightly(held, std::string(1600, 'a'));
  hold_tightly(held, std::string(1800, 'b'));
  EXPECT_EQ(held, std::string(1800, 'b'));
  EXPECT_LE(held.capacity(), 1800U + 1800U / 16);
}

TEST(tight_bytes, what_became_half_gives_its_memory_back) {
  std::string held;
  hold_tightly(held, std::string(1600, 'a'));
  hold_tightly(held, std::string(400, 'b'));
  EXPECT_EQ(held, std::string(400, 'b'));
  EXPECT_LE(held.capacity(), 425U);
  hold_tightly(held, "");
  EXPECT_LE(held.capacity(), 15U);
}

} // namespace
} // namespace pgmuster
