// Well-formed text at the edges of RFC 3629.
#include "config/utf8.hpp"

#include <gtest/gtest.h>

#include <random>

namespace pgmuster {
namespace {

TEST(is_utf8, accepts_the_first_and_last_character_of_each_length) {
  for (const char* const text :
       {"", "\x01", "\x7F", "\xC2\x80", "\xDF\xBF", "\xE0\xA0\x80",
        "\xED\x9F\xBF", "\xEE\x80\x80", "\xEF\xBF\xBF", "\xF0\x90\x80\x80",
        "\xF4\x8F\xBF\xBF", "12345678\xC3\xA9"}) {
    EXPECT_TRUE(is_utf8(text)) << text;
    EXPECT_EQ(to_utf8(text), text);
  }
}

TEST(is_utf8, refuses_overlong_forms_surrogates_and_what_is_cut) {
  for (const char* const text :
       {"\x80", "\xC0\x80", "\xC1\xBF", "\xE0\x9F\xBF", "\xED\xA0\x80",
        "\xF0\x8F\xBF\xBF", "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xC3",
        "\xE2\x82", "\xF0\x9F\x98", "12345678\xE9", "\xFF"}) {
    EXPECT_FALSE(is_utf8(text)) << text;
    EXPECT_TRUE(is_utf8(to_utf8(text))) << text;
  }
}

TEST(to_utf8, makes_any_bytes_well_formed_and_keeps_the_good_ones) {
  EXPECT_EQ(to_utf8("a\xE9z\xC3\xA9"), "a\xEF\xBF\xBDz\xC3\xA9");
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE(testing::Message() << "seed " << seed);
  std::mt19937 random(seed);
  for (int round = 0; round < 2000; ++round) {
    std::string bytes(random() % 24, '\0');
    for (char& byte : bytes) {
      byte = static_cast<char>(random());
    }
    EXPECT_TRUE(is_utf8(to_utf8(bytes)));
  }
}

} // namespace
} // namespace pgmuster
