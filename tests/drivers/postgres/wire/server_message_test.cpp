// What a server says of columns and errors is read whole, or not past its end.
#include "drivers/postgres/wire/server_message.hpp"
#include "tests/drivers/postgres/wire/say.hpp"

#include <gtest/gtest.h>

namespace pgmuster::postgres {
namespace {

using namespace std::string_view_literals;

TEST(row_description, names_types_and_formats_are_read) {
  const auto columns =
    read_row_description(columns_body({{"calls", 20, 1}, {"query", 25, 0}}));
  ASSERT_TRUE(columns);
  ASSERT_EQ(columns->size(), 2U);
  EXPECT_EQ(columns->at(0).name, "calls");
  EXPECT_EQ(columns->at(0).type, 20U);
  EXPECT_TRUE(columns->at(0).binary);
  EXPECT_EQ(columns->at(1).name, "query");
  EXPECT_EQ(columns->at(1).type, 25U);
  EXPECT_FALSE(columns->at(1).binary);
  EXPECT_TRUE(read_row_description("\0\0"sv)->empty());
}

TEST(row_description, one_cut_anywhere_or_with_more_behind_it_is_refused) {
  const auto body = columns_body({{"calls", 20, 1}, {"query", 25, 0}});
  for (std::size_t length = 0; length < body.size(); ++length) {
    EXPECT_FALSE(read_row_description(body.substr(0, length))) << length;
  }
  EXPECT_FALSE(read_row_description(body + "a"));
}

TEST(row_description, a_count_of_columns_that_cannot_be_there_is_refused) {
  auto body = columns_body({{"calls", 20, 1}});
  body[0] = body[1] = '\xff';
  EXPECT_FALSE(read_row_description(body));
}

TEST(complaint, code_and_words_are_read) {
  const auto told =
    read_complaint("SERROR\0VERROR\0C42P01\0Mno such thing\0\0"sv);
  EXPECT_EQ(told.code, "42P01");
  EXPECT_EQ(told.words, "no such thing");
}

TEST(complaint, words_and_names_have_an_end) {
  const std::string long_text(1U << 20U, 'x');
  EXPECT_LE(read_complaint("M" + long_text + std::string(2, '\0')).words.size(),
            1'024U);
  EXPECT_LE(
    read_row_description(columns_body({{long_text, 20}}))->front().name.size(),
    128U);
}

TEST(complaint, what_is_cut_short_says_what_it_has) {
  EXPECT_EQ(read_complaint("C42P01\0Mno"sv).code, "42P01");
  EXPECT_EQ(read_complaint("C42P01\0Mno"sv).words, "");
  EXPECT_EQ(read_complaint(""sv).code, "");
  EXPECT_EQ(read_complaint("C"sv).code, "");
}

} // namespace
} // namespace pgmuster::postgres
