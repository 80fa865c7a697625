// A refusal's code is found in libpq's sentence, in any language.
#include "drivers/postgres/connect_error.hpp"

#include <gtest/gtest.h>

namespace pgmuster::postgres {
namespace {

TEST(connect_error, the_code_after_the_severity_counts) {
  EXPECT_EQ(find_sqlstate("connection to server at \"::1\", port 1 failed: "
                          "FATAL:  28P01: said: FATAL:  3D000: x\nLOCATION: a"),
            "28P01");
  EXPECT_EQ(find_sqlstate("致命错误:  53300: 太多了\n"), "53300");
}

TEST(connect_error, words_without_a_code_have_none) {
  EXPECT_EQ(find_sqlstate(""), "");
  EXPECT_EQ(find_sqlstate("connection to server failed: Connection refused"),
            "");
  EXPECT_EQ(find_sqlstate("FATAL:  28P0"), "");
  EXPECT_EQ(find_sqlstate("FATAL:  words: more"), "");
  EXPECT_EQ(find_sqlstate("x\nFATAL:  28P01: y"), "");
}

TEST(connect_error, the_preamble_goes_and_the_reason_stays) {
  EXPECT_EQ(
    without_preamble("connection to server at \"h\", port 1 failed: why"),
    "why");
  EXPECT_EQ(without_preamble("something failed: why"), "something failed: why");
}

} // namespace
} // namespace pgmuster::postgres
