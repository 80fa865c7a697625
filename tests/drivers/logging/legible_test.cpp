// Foreign text becomes valid, bounded and harmless.
#include "drivers/logging/legible.hpp"

#include <gtest/gtest.h>

namespace pgmuster {
namespace {

TEST(legible, long_text_is_cut_between_characters) {
  EXPECT_EQ(legible("ab\u00e9\u00e9", 5), "ab\u00e9…");
  EXPECT_EQ(legible("ab\u00e9\u00e9", 6), "ab\u00e9\u00e9");
}

TEST(legible, what_is_no_utf8_is_replaced_and_what_is_stays) {
  EXPECT_EQ(legible("\xED\xA0\x80"), "\uFFFD\uFFFD\uFFFD"); // a surrogate
  EXPECT_EQ(legible("\xF4\x90\x80\x80").substr(0, 3), "\uFFFD");
  EXPECT_EQ(legible("\xE0\x80\x80").substr(0, 3), "\uFFFD"); // overlong
  EXPECT_EQ(legible("\xE2\x82"), "\uFFFD\uFFFD");            // cut short
  EXPECT_EQ(legible("€ 😀 é"), "€ 😀 é");
}

TEST(legible, control_characters_become_spaces) {
  EXPECT_EQ(without_controls("a\x1b[2J\n\x7f\xC2\x9B\xC2\xA9"),
            "a [2J   \xC2\xA9");
}

} // namespace
} // namespace pgmuster
