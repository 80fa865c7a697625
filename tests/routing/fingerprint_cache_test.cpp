// A text is described once, however many ask for it; memory has a bound.
#include "routing/fingerprint_cache.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <string>
#include <thread>
#include <vector>

namespace pgmuster {
namespace {

/// Equal first letters are equal shapes.
query_description first_letter(std::string_view text) {
  query_description made;
  made.fingerprint =
    text.empty() ? 0 : static_cast<std::uint64_t>(text.front());
  made.lexical = text.starts_with("l");
  made.text = std::string{text};
  return made;
}

TEST(fingerprint_cache, a_text_is_described_once) {
  int asked = 0;
  fingerprint_cache cache{[&](std::string_view text) {
                            ++asked;
                            return first_letter(text);
                          },
                          byte_count{1 << 20}};
  EXPECT_EQ(cache.find("a1"), nullptr);
  const auto first = cache.describe("a1");
  EXPECT_EQ(cache.describe("a1"), first);
  EXPECT_EQ(cache.find("a1"), first);
  EXPECT_EQ(asked, 1);
  const auto counted = cache.counted();
  EXPECT_EQ(counted.hits, 2U);
  EXPECT_EQ(counted.misses, 2U);
  EXPECT_EQ(counted.parsed, 1U);
}

TEST(fingerprint_cache, texts_of_one_shape_share_the_first_ones_description) {
  fingerprint_cache cache{first_letter, byte_count{1 << 20}};
  const auto first = cache.describe("l1");
  const auto second = cache.describe("l2");
  EXPECT_EQ(first, second);
  EXPECT_EQ(second->text, "l1");
  EXPECT_EQ(cache.of_shape('l'), first);
  EXPECT_EQ(cache.of_shape('x'), nullptr);
  EXPECT_EQ(cache.counted().lexical, 2U);
  EXPECT_EQ(cache.counted().shapes, 1U);
}

TEST(fingerprint_cache, a_million_texts_stay_within_the_bound) {
  constexpr std::uint64_t bound = 1 << 20;
  std::uint64_t number = 0;
  fingerprint_cache cache{[&](std::string_view text) {
                            query_description made;
                            made.fingerprint = ++number;
                            made.text = std::string{text};
                            return made;
                          },
                          byte_count{bound}};
  const std::string filling(200, 'x');
  for (int i = 0; i < 1'000'000; ++i) {
    const auto text = filling + std::to_string(i);
    ASSERT_EQ(cache.describe(text)->text, text);
    ASSERT_LE(cache.counted().bytes, bound);
  }
  EXPECT_GT(cache.counted().evictions, 900'000U);
  EXPECT_GT(cache.counted().bytes, bound / 2);
}

TEST(fingerprint_cache, what_was_asked_for_last_stays) {
  fingerprint_cache cache{first_letter, byte_count{16 << 10}};
  const auto kept = cache.describe("a");
  for (int i = 0; i < 2'000; ++i) {
    const auto other = std::string(1, static_cast<char>('b' + i % 20))
                       + std::to_string(i) + std::string(300, 'x');
    ASSERT_NE(cache.describe(other), nullptr);
    ASSERT_EQ(cache.find("a"), kept) << i;
  }
  EXPECT_GT(cache.counted().evictions, 0U);
}

TEST(fingerprint_cache, threads_agree) {
  fingerprint_cache cache{first_letter, byte_count{64 << 10}};
  std::atomic<int> wrong{0};
  std::vector<std::thread> threads;
  for (int which = 0; which < 4; ++which) {
    threads.emplace_back([&, which] {
      for (int i = 0; i < 20'000; ++i) {
        const auto text =
          std::string(1, static_cast<char>('a' + (i * 7 + which) % 26))
          + std::to_string(i % 300);
        wrong += cache.describe(text)->fingerprint
                     != static_cast<std::uint64_t>(text.front())
                   ? 1
                   : 0;
      }
    });
  }
  for (auto& one : threads) {
    one.join();
  }
  EXPECT_EQ(wrong, 0);
  const auto counted = cache.counted();
  EXPECT_EQ(counted.hits + counted.misses, 80'000U);
}

} // namespace
} // namespace pgmuster
