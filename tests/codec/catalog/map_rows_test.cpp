// Rows become points and entries exactly; what does not fit is counted.
#include "codec/catalog/map_rows.hpp"
#include "tests/codec/catalog/probe_rows.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace pgmuster {
namespace {

using testing_catalog::probe;
using testing_catalog::real;
using testing_catalog::rows;
using testing_catalog::text;
using testing_catalog::whole;

const wall_time postmaster{seconds{100}};
const wall_time now{seconds{900}};

negotiated_probe raw_probe() {
  return probe(R"(-- probe: p
-- summary: s
SELECT
  a -- attribute a.key
, b -- start
, c -- counter x.c By : c
, d -- gauge/double x.d s : d
, e -- counter x.e us as=us : e
FROM t
)");
}

TEST(map_rows, rows_beyond_the_limit_are_counted) {
  const auto limited = probe(R"(-- probe: l
-- summary: s
-- limit: 2 by size
SELECT
  size -- gauge l.size By : size
FROM t
)");
  const auto made =
    map_rows(limited, rows(2, {whole(9), whole(7), whole(8), whole(7)}),
             postmaster, now);
  EXPECT_EQ(made.bad_cells, 0U);
  EXPECT_EQ(made.points, 2U);
  EXPECT_EQ(made.turned_away, 5U);
  EXPECT_EQ(map_rows(limited, rows(2, {whole(9), whole(1)}), postmaster, now)
              .turned_away,
            0U);
  EXPECT_EQ(map_rows(limited, rows(2, {}), postmaster, now).turned_away, 0U);
}

TEST(map_rows, values_attributes_and_starts_find_their_places) {
  const auto made = map_rows(
    raw_probe(),
    rows(5, {text("db"), whole(7'000'001), whole(42), whole(3), real(1.5),
             whole(16'384), cell{}, cell{}, real(0.25), whole(2)}),
    postmaster, now);
  EXPECT_EQ(made.bad_cells, 0U) << made.first_bad;
  EXPECT_EQ(made.points, 5U);
  ASSERT_EQ(made.block.rows.size(), 2U);
  const auto& first = made.block.rows[0];
  EXPECT_EQ(first.values_of_keys, (std::vector<std::string>{"db"}));
  EXPECT_EQ(first.start, wall_time{microseconds{7'000'001}});
  EXPECT_EQ(first.time, now);
  EXPECT_EQ(first.values[0].integer, 42);
  EXPECT_EQ(first.values[1].is, number::kind::real);
  EXPECT_EQ(first.values[1].real, 3.0);
  EXPECT_EQ(first.values[2].integer, 1'500);
  const auto& second = made.block.rows[1];
  EXPECT_EQ(second.values_of_keys, (std::vector<std::string>{"16384"}));
  EXPECT_EQ(second.start, postmaster);
  EXPECT_FALSE(second.values[0].present());
  EXPECT_EQ(second.values[2].integer, 2'000);
}

TEST(map_rows, cells_that_do_not_fit_are_counted_and_make_no_point) {
  const auto made = map_rows(
    raw_probe(),
    rows(5, {text("db"), text("soon"), real(4.2),
             real(std::numeric_limits<double>::quiet_NaN()), real(1e300)}),
    postmaster, now);
  EXPECT_EQ(made.bad_cells, 4U);
  EXPECT_EQ(made.points, 0U);
  EXPECT_EQ(made.first_bad, "b: a text does not fit");
  ASSERT_EQ(made.block.rows.size(), 1U);
  EXPECT_EQ(made.block.rows[0].start, postmaster);
  EXPECT_EQ(made.block.rows[0].values.size(), 3U);
}

TEST(map_rows, another_number_of_columns_is_wholly_bad) {
  const auto made =
    map_rows(raw_probe(), rows(2, {text("a"), whole(1)}), postmaster, now);
  EXPECT_EQ(made.bad_cells, 5U);
  EXPECT_TRUE(made.block.rows.empty());
  EXPECT_EQ(made.first_bad, "2 columns came for 5 items");
}

TEST(map_rows, an_infinite_start_stays_within_time) {
  const auto made = map_rows(
    raw_probe(),
    rows(5, {text("a"), whole(std::numeric_limits<std::int64_t>::max()),
             whole(1), real(1), real(1)}),
    postmaster, now);
  ASSERT_EQ(made.block.rows.size(), 1U);
  EXPECT_GT(made.block.rows[0].start, now);
}

TEST(map_rows, packed_rows_are_taken_apart) {
  const row_set packed{
    1,
    {text("whole"), text("short")},
    nullptr,
    [](std::string_view bytes, std::span<cell> out) noexcept {
      out[1] = cell::of(std::int64_t{4});
      return bytes == "whole";
    }};
  const auto made = map_rows(raw_probe(), packed, postmaster, now);
  EXPECT_EQ(made.block.rows.size(), 1U);
  EXPECT_EQ(made.bad_cells, 5U);
  EXPECT_EQ(made.first_bad, "a row does not hold 5 items");
}

} // namespace
} // namespace pgmuster
