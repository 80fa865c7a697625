// Times are written in UTC with milliseconds and read back as written.
#include "drivers/logging/rfc3339.hpp"

#include <gtest/gtest.h>

namespace pgmuster {
namespace {

constexpr wall_time at(std::int64_t nanos) {
  return wall_time{nanoseconds{nanos}};
}

TEST(rfc3339, writes_utc_with_milliseconds) {
  EXPECT_EQ(rfc3339(at(0)), "1970-01-01T00:00:00.000Z");
  EXPECT_EQ(rfc3339(at(1'709'251'199'999'999'999)), "2024-02-29T23:59:59.999Z");
  EXPECT_EQ(rfc3339(at(-1)), "1969-12-31T23:59:59.999Z");
}

TEST(rfc3339, reads_fractions_of_any_length) {
  EXPECT_EQ(parse_rfc3339("2024-02-29T23:59:59Z"),
            at(1'709'251'199'000'000'000));
  EXPECT_EQ(parse_rfc3339("2024-02-29T23:59:59.5Z"),
            at(1'709'251'199'500'000'000));
  EXPECT_EQ(parse_rfc3339("2024-02-29T23:59:59.123456789Z"),
            at(1'709'251'199'123'456'789));
}

TEST(rfc3339, reads_nothing_from_what_is_no_time) {
  for (const char* bad :
       {"", "Z", "2024-02-30T00:00:00Z", "2024-01-01T24:00:00Z",
        "2024-01-01T00:60:00Z", "2024-01-01T00:00:00", "2024-01-01 00:00:00Z",
        "2024-01-01T00:00:00.Z", "2024-01-01T00:00:00.1234567890Z",
        "2024-01-01T00:00:00+01:00", "x024-01-01T00:00:00Z"}) {
    EXPECT_EQ(parse_rfc3339(bad), std::nullopt) << bad;
  }
}

} // namespace
} // namespace pgmuster
