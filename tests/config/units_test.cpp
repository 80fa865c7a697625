// Units are demanded, and what is printed can be read again.
#include "config/errc.hpp"
#include "config/units.hpp"

#include <gtest/gtest.h>

namespace pgmuster {
namespace {

using namespace literals; // NOLINT(google-build-using-namespace): units only

TEST(parse_duration, takes_every_unit) {
  EXPECT_EQ(parse_duration("100ms").value(), milliseconds{100});
  EXPECT_EQ(parse_duration("10s").value(), milliseconds{10'000});
  EXPECT_EQ(parse_duration("5m").value(), milliseconds{300'000});
  EXPECT_EQ(parse_duration("1h").value(), milliseconds{3'600'000});
  EXPECT_EQ(parse_duration("2d").value(), milliseconds{172'800'000});
}

TEST(parse_duration, says_why_it_refuses) {
  const auto why = [](std::string_view text) {
    const auto value = parse_duration(text);
    return value ? std::error_code{} : value.error().code;
  };
  EXPECT_EQ(why("10"), config_errc::unit_missing);
  EXPECT_EQ(why("10sec"), config_errc::unit_unknown);
  EXPECT_EQ(why("1.5s"), config_errc::unit_unknown);
  EXPECT_EQ(why("s"), config_errc::not_a_quantity);
  EXPECT_EQ(why(""), config_errc::not_a_quantity);
  EXPECT_EQ(why("-1s"), config_errc::not_a_quantity);
  EXPECT_EQ(why("9223372036854775807s"), config_errc::out_of_range);
  EXPECT_EQ(why("99999999999999999999ms"), config_errc::out_of_range);
}

TEST(format_duration, is_what_parse_duration_reads) {
  for (const auto count : {0, 1, 999, 1'000, 1'500, 60'000, 90'000, 3'600'000,
                           5'400'000, 86'400'000, 86'400'001}) {
    const milliseconds value{count};
    EXPECT_EQ(parse_duration(format_duration(value)).value(), value)
      << format_duration(value);
  }
  EXPECT_EQ(format_duration(milliseconds{90'000}), "90s");
  EXPECT_EQ(format_duration(milliseconds{120'000}), "2m");
}

TEST(parse_byte_count, tells_thousands_from_1024) {
  EXPECT_EQ(parse_byte_count("900kB").value(), 900_kB);
  EXPECT_EQ(parse_byte_count("64MiB").value(), 64_MiB);
  EXPECT_EQ(parse_byte_count("2GB").value(), byte_count{2'000'000'000});
  EXPECT_FALSE(parse_byte_count("900"));
  EXPECT_FALSE(parse_byte_count("900mb"));
  EXPECT_FALSE(parse_byte_count("18446744073709551615GiB"));
}

TEST(format_byte_count, is_what_parse_byte_count_reads) {
  for (const std::uint64_t count :
       {0ULL, 1ULL, 1'000ULL, 1'023ULL, 1'024ULL, 900'000ULL, 4'194'304ULL,
        2'000'000'000ULL, 1'073'741'824ULL}) {
    EXPECT_EQ(parse_byte_count(format_byte_count(byte_count{count})).value(),
              byte_count{count});
  }
  EXPECT_EQ(format_byte_count(900_kB), "900kB");
  EXPECT_EQ(format_byte_count(4_MiB), "4MiB");
}

} // namespace
} // namespace pgmuster
