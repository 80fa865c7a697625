#include "routing/waiting_texts.hpp"

#include <gtest/gtest.h>

namespace pgmuster {
namespace {

using literals::operator""_KiB;

observation seen_with(std::size_t texts) {
  observation made;
  made.points = 7;
  for (std::size_t at = 0; at < texts; ++at) {
    made.texts.push_back({1, "shop", "me", std::string(1'000, 't'), true});
  }
  return made;
}

TEST(let_texts_wait, they_go_on_while_credit_is_ample) {
  const credit_account account{64_KiB, 4_KiB};
  auto seen = seen_with(30);
  EXPECT_EQ(let_texts_wait(seen, 30_KiB, account), 0U);
  EXPECT_EQ(seen.texts.size(), 30U);
}

TEST(let_texts_wait,
     the_last_quarter_of_the_credit_is_for_what_is_not_read_again) {
  credit_account account{64_KiB, 4_KiB};
  ASSERT_TRUE(account.try_take(20_KiB));
  auto seen = seen_with(30);
  EXPECT_EQ(let_texts_wait(seen, 30_KiB, account), 30U);
  EXPECT_TRUE(seen.texts.empty());
  EXPECT_EQ(seen.points, 7U);
  EXPECT_EQ(seen.texts.capacity(), 0U);
  EXPECT_EQ(account.refused(), 0U);
}

TEST(let_texts_wait, nothing_waits_where_there_are_none) {
  credit_account account{64_KiB, 4_KiB};
  ASSERT_TRUE(account.try_take(60_KiB));
  auto seen = seen_with(0);
  EXPECT_EQ(let_texts_wait(seen, 30_KiB, account), 0U);
}

} // namespace
} // namespace pgmuster
