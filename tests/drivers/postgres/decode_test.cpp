// Bytes as the server's send functions write them become exact cells; any
// other bytes are refused, never read past.
#include "drivers/postgres/decode.hpp"
#include "drivers/postgres/wire/network_order.hpp"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

namespace pgmuster::postgres {
namespace {

using namespace std::string_view_literals;

cell decoded(std::uint32_t type, std::string_view bytes) {
  cell out;
  EXPECT_TRUE(decode_cell(format_of(type), bytes, out)) << type;
  return out;
}

TEST(decode, integers_keep_sign_and_width) {
  EXPECT_EQ(decoded(16, "\1"sv).integer, 1);
  EXPECT_EQ(decoded(21, "\xff\xfe"sv).integer, -2);
  EXPECT_EQ(decoded(23, "\xff\xff\xff\xfd"sv).integer, -3);
  EXPECT_EQ(decoded(20, "\x80\0\0\0\0\0\0\0"sv).integer,
            std::numeric_limits<std::int64_t>::min());
  EXPECT_EQ(decoded(26, "\xff\xff\xff\xff"sv).integer, 4'294'967'295);
  EXPECT_EQ(decoded(28, "\x80\0\0\0"sv).integer, 2'147'483'648);
  EXPECT_EQ(decoded(3220, "\0\0\0\1\0\0\0\2"sv).integer, 4'294'967'298);
}

TEST(decode, reals_are_bits) {
  EXPECT_EQ(decoded(701, "\x3f\xf8\0\0\0\0\0\0"sv).real, 1.5);
  EXPECT_EQ(decoded(700, "\xbf\0\0\0"sv).real, -0.5);
}

TEST(decode, times_count_from_the_unix_epoch_and_infinity_is_null) {
  EXPECT_EQ(decoded(1184, "\0\0\0\0\0\0\0\1"sv).integer, 946'684'800'000'001);
  EXPECT_EQ(decoded(1184, "\x7f\xff\xff\xff\xff\xff\xff\xff"sv).is,
            cell::kind::null);
  EXPECT_EQ(decoded(1114, "\x80\0\0\0\0\0\0\0"sv).is, cell::kind::null);
}

TEST(decode, an_interval_counts_as_its_epoch_does) {
  // 1 year 1 month 2 days 00:00:00.000003
  EXPECT_EQ(decoded(1186, "\0\0\0\0\0\0\0\3\0\0\0\2\0\0\0\x0d"sv).integer,
            (31'557'600 + 30 * 86'400 + 2 * 86'400) * 1'000'000LL + 3);
  EXPECT_EQ(
    decoded(
      1186,
      "\x7f\xff\xff\xff\xff\xff\xff\xff\x7f\xff\xff\xff\x7f\xff\xff\xff"sv)
      .is,
    cell::kind::null);
}

TEST(decode, an_interval_beyond_64_bits_is_null) {
  for (const auto bytes : {"\0\0\0\0\0\0\0\0\x7f\xff\xff\xff\0\0\0\0"sv,
                           "\0\0\0\0\0\0\0\0\0\0\0\0\x80\0\0\0"sv,
                           "\x80\0\0\0\0\0\0\0\xff\xff\xff\xff\0\0\0\0"sv}) {
    EXPECT_EQ(decoded(1186, bytes).is, cell::kind::null);
  }
}

TEST(decode, text_is_the_same_bytes) {
  const auto bytes = "a\0b"sv;
  const auto made = decoded(25, bytes);
  EXPECT_EQ(made.text(), bytes);
  EXPECT_EQ(made.text().data(), bytes.data());
  EXPECT_EQ(decoded(19, ""sv).is, cell::kind::text);
}

/// 7 as int8, a null text, "a" as text: as record_send writes them.
constexpr auto record = "\0\0\0\3"
                        "\0\0\0\x14\0\0\0\x8\0\0\0\0\0\0\0\7"
                        "\0\0\0\x19\xff\xff\xff\xff"
                        "\0\0\0\x19\0\0\0\1"
                        "a"sv;

TEST(decode, a_row_value_holds_its_cells) {
  std::vector<cell> cells(3);
  ASSERT_TRUE(unpack_record(record, cells));
  EXPECT_EQ(cells[0].integer, 7);
  EXPECT_EQ(cells[1].is, cell::kind::null);
  EXPECT_EQ(cells[2].text(), "a");
}

TEST(decode, a_row_value_within_one_is_text_of_its_bytes) {
  auto outer = std::string{"\0\0\0\2"
                           "\0\0\x8\xc9\xff\xff\xff\xff"
                           "\0\0\x8\xc9\0\0\0"sv}
               + static_cast<char>(record.size()) + std::string{record};
  std::vector<cell> cells(2);
  ASSERT_TRUE(unpack_record(outer, cells));
  EXPECT_EQ(cells[0].is, cell::kind::null);
  EXPECT_EQ(cells[1].text(), record);
  outer.pop_back();
  EXPECT_FALSE(unpack_record(outer, cells));
}

TEST(decode, row_values_within_row_values_are_read_to_a_depth) {
  // A server could have us go as deep as its row is long.
  for (const int depth : {1, 2, 8, 9, 10, 1'000'000}) {
    std::string inner_first;
    for (int at = 1; at < depth; ++at) {
      const auto within = static_cast<std::uint32_t>(12 * (depth - at) - 8);
      append_big(inner_first, std::uint32_t{1});
      append_big(inner_first, record_type);
      append_big(inner_first, within);
    }
    append_big(inner_first, std::uint32_t{0});
    EXPECT_EQ(unread_type(inner_first), depth <= 8 ? 0 : record_type) << depth;
  }
}

TEST(decode, a_row_value_cut_anywhere_or_of_another_width_is_refused) {
  std::vector<cell> cells(3);
  for (std::size_t length = 0; length < record.size(); ++length) {
    EXPECT_FALSE(unpack_record(record.substr(0, length), cells)) << length;
  }
  EXPECT_FALSE(unpack_record(std::string{record}.append("b"), cells));
  std::vector<cell> four(4);
  EXPECT_FALSE(unpack_record(record, four));
}

TEST(decode, wrong_lengths_and_unknown_types_are_refused) {
  const auto seed = std::random_device{}();
  SCOPED_TRACE(seed);
  std::mt19937 random{seed};
  for (const std::uint32_t type :
       {16U, 20U, 21U, 23U, 26U, 28U, 700U, 701U, 1114U, 1186U, 1700U}) {
    cell probe;
    std::size_t fitting = 0;
    for (std::size_t length = 0; length <= 20; ++length) {
      std::string bytes(length, '\0');
      for (auto& byte : bytes) {
        byte = static_cast<char>(random());
      }
      fitting += decode_cell(format_of(type), bytes, probe) ? 1U : 0U;
    }
    EXPECT_EQ(fitting, type == 1700 ? 0U : 1U) << type;
  }
}

} // namespace
} // namespace pgmuster::postgres
