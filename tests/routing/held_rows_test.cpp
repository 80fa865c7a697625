// What is packed comes back, in whatever order the rows are asked for.
#include "routing/held_rows.hpp"
#include "tests/routing/random_source.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>

namespace pgmuster {
namespace {

using testing_routing::dice;

block_layout columns(std::size_t sums) {
  block_layout made;
  made.metrics.push_back({"size", "By", {}, instrument::gauge, false});
  made.metrics.push_back({"calls", "{call}", {}, instrument::counter, false});
  made.columns.push_back({0, {}});
  for (std::size_t at = 0; at < sums; ++at) {
    made.columns.push_back({1, {}});
  }
  return made;
}

number any_number(dice& random) {
  switch (random.upto(4)) {
  case 0:
    return {};
  case 1:
    return number::of(std::int64_t{0});
  case 2:
    return number::of(std::numeric_limits<std::int64_t>::min());
  case 3:
    return number::of(static_cast<double>(random.upto(1'000)) / 7);
  default:
    return number::of(static_cast<std::int64_t>(random.upto(1'000'000)));
  }
}

bool equal(const held_cell& left, const held_cell& right) {
  return left.sent == right.sent && left.value.is == right.value.is
         && left.value.integer == right.value.integer;
}

TEST(held_rows, cells_of_sums_come_back_and_gauges_are_not_kept) {
  dice random;
  const auto layout = columns(9);
  std::string packed;
  std::vector<held_cell> back;
  for (int round = 0; round < 2'000; ++round) {
    std::vector<held_cell> cells(10);
    for (auto& cell : cells) {
      cell = {any_number(random), random.one_in(2)};
    }
    pack_cells(layout, cells, packed);
    unpack_cells(layout, packed, back);
    ASSERT_EQ(back.size(), cells.size());
    EXPECT_FALSE(back[0].value.present());
    for (std::size_t at = 1; at < cells.size(); ++at) {
      ASSERT_TRUE(equal(back[at], cells[at])) << at;
    }
  }
}

std::vector<held_row> some_rows(dice& random, const std::string& cells) {
  std::vector<held_row> rows(random.upto(40) + 1);
  for (auto& row : rows) {
    row.hash = random.upto(30);
    row.source_start = wall_time{nanoseconds{
      static_cast<std::int64_t>(random.upto(2'000'000'000'000'000'000))}};
    row.start = row.source_start + nanoseconds{random.upto(5)};
    row.seen = row.start + seconds{random.upto(100)};
    row.refreshed = row.seen - seconds{random.upto(100)};
    row.cells = std::string_view{cells}.substr(0, random.upto(cells.size()));
  }
  return rows;
}

bool equal(const held_row& left, const held_row& right) {
  return left.hash == right.hash && left.source_start == right.source_start
         && left.start == right.start && left.seen == right.seen
         && left.refreshed == right.refreshed && left.cells == right.cells;
}

TEST(held_rows, each_row_is_found_once_in_any_order) {
  dice random;
  const std::string cells(100, 'c');
  held_rows_writer writer;
  held_rows_reader reader;
  for (int round = 0; round < 500; ++round) {
    auto rows = some_rows(random, cells);
    writer.begin();
    for (const auto& row : rows) {
      writer.add(row);
    }
    EXPECT_EQ(writer.rows(), rows.size());
    const std::string bytes{writer.bytes()};
    reader.read(bytes);
    if (random.one_in(2)) {
      std::reverse(rows.begin(), rows.end());
    }
    const std::size_t asked = random.upto(rows.size());
    for (std::size_t at = 0; at < asked; ++at) {
      const auto* const found = reader.take(rows[at].hash);
      ASSERT_NE(found, nullptr);
      // Rows of one hash are told apart by their order only.
      const auto same =
        std::find_if(rows.begin(), rows.end(),
                     [&](const held_row& row) { return equal(row, *found); });
      ASSERT_NE(same, rows.end());
    }
    EXPECT_EQ(reader.take(31), nullptr);
    std::size_t left = 0;
    reader.each_left([&](const held_row&) { ++left; });
    EXPECT_EQ(left, rows.size() - asked);
  }
}

TEST(held_rows, rows_that_differ_little_take_little) {
  held_rows_writer writer;
  writer.begin();
  const wall_time now{seconds{1'700'000'000}};
  for (std::uint64_t at = 0; at < 100; ++at) {
    writer.add({at, now - seconds{9}, now - seconds{9}, now, now, "12345"});
  }
  EXPECT_LT(writer.bytes().size(), 100U * 20U);
}

} // namespace
} // namespace pgmuster
