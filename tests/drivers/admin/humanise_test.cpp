// Figures are short, have units, and rounding never lies about a limit.
#include "drivers/admin/humanise.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace pgmuster {
namespace {

TEST(humanise, counts) {
  EXPECT_EQ(humanise_count(0), "0");
  EXPECT_EQ(humanise_count(7.46), "7.5");
  EXPECT_EQ(humanise_count(42.3), "42");
  EXPECT_EQ(humanise_count(999), "999");
  EXPECT_EQ(humanise_count(999.6), "1.0k");
  EXPECT_EQ(humanise_count(1'234), "1.2k");
  EXPECT_EQ(humanise_count(9'960), "10k");
  EXPECT_EQ(humanise_count(340'000), "340k");
  EXPECT_EQ(humanise_count(999'600), "1.0M");
  EXPECT_EQ(humanise_count(-1'500), "-1.5k");
  EXPECT_EQ(humanise_count(NAN), "–");
}

TEST(humanise, bytes) {
  EXPECT_EQ(humanise_bytes(0), "0 B");
  EXPECT_EQ(humanise_bytes(512), "512 B");
  EXPECT_EQ(humanise_bytes(5'100'000), "5.1 MB");
  EXPECT_EQ(humanise_bytes(2e16), "20000 TB");
}

TEST(humanise, durations) {
  EXPECT_EQ(humanise_seconds(0), "0 s");
  EXPECT_EQ(humanise_seconds(0.000'85), "850 µs");
  EXPECT_EQ(humanise_seconds(0.0034), "3.4 ms");
  EXPECT_EQ(humanise_seconds(0.012), "12 ms");
  EXPECT_EQ(humanise_seconds(0.9996), "1.0 s");
  EXPECT_EQ(humanise_seconds(3.44), "3.4 s");
  EXPECT_EQ(humanise_seconds(99.4), "99 s");
  EXPECT_EQ(humanise_seconds(300), "5 min");
  EXPECT_EQ(humanise_seconds(3.2 * 3600), "3.2 h");
  EXPECT_EQ(humanise_seconds(2.1 * 86'400), "2.1 d");
}

TEST(humanise, a_ratio_is_a_hundred_only_when_it_is) {
  EXPECT_EQ(humanise_ratio(1), "100 %");
  EXPECT_EQ(humanise_ratio(0.99999), "99.9 %");
  EXPECT_EQ(humanise_ratio(0.5), "50.0 %");
  EXPECT_EQ(humanise_ratio(0), "0.0 %");
}

TEST(humanise, text_is_cut_between_characters) {
  EXPECT_EQ(fit("größe", 5), "größe");
  EXPECT_EQ(fit("größe", 4), "grö…");
  EXPECT_EQ(fit("größe", 0), "");
  EXPECT_EQ(display_width("größe"), 5U);
}

} // namespace
} // namespace pgmuster
