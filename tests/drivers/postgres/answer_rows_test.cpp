// Rows become cells, whatever a server says of them; what is no row of its
// columns fails its result and nothing else.
#include "config/limits.hpp"
#include "drivers/postgres/answer_rows.hpp"
#include "drivers/postgres/errc.hpp"
#include "tests/drivers/postgres/wire/say.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace pgmuster::postgres {
namespace {

constexpr std::uint32_t int8_oid = 20;
constexpr std::uint32_t text_oid = 25;

std::string number(std::uint64_t value) {
  std::string made;
  append_big(made, value);
  return made;
}

const std::vector<told_column> two_columns{{"calls", int8_oid},
                                           {"query", text_oid}};

result<row_set> rows_of(const std::vector<told_column>& columns,
                        const std::vector<std::string>& bodies) {
  const auto described =
    read_columns(*read_row_description(columns_body(columns)));
  if (!described) {
    return described.error();
  }
  answer_rows rows;
  for (const auto& body : bodies) {
    rows.add(body);
  }
  return rows.finish(*described);
}

TEST(answer_rows, values_and_nulls_become_cells) {
  const auto seven = number(7);
  const std::string text{"naïve"};
  const auto rows = rows_of(
    two_columns, {row_body({&seven, &text}), row_body({nullptr, nullptr})});
  ASSERT_TRUE(rows) << describe(rows.error());
  ASSERT_EQ(rows->rows(), 2U);
  EXPECT_EQ(rows->columns(), 2U);
  EXPECT_EQ(rows->row(0)[0].integer, 7);
  EXPECT_EQ(rows->row(0)[1].text(), text);
  EXPECT_EQ(rows->row(1)[0].is, cell::kind::null);
  EXPECT_EQ(rows->row(1)[1].is, cell::kind::null);
}

TEST(answer_rows, text_outlives_what_it_came_in) {
  std::optional<row_set> kept;
  {
    const std::string text(100, 'x');
    kept = rows_of({{"query", text_oid}}, {row_body({&text})}).value();
  }
  EXPECT_EQ(kept->row(0)[0].text(), std::string(100, 'x'));
}

TEST(answer_rows, what_is_finished_is_forgotten) {
  const auto seven = number(7);
  answer_rows rows;
  const answer_columns columns{{column_format::int8}};
  rows.add(row_body({&seven}));
  EXPECT_EQ(rows.finish(columns)->rows(), 1U);
  const auto next = rows.finish(columns);
  ASSERT_TRUE(next);
  EXPECT_EQ(next->rows(), 0U);
  rows.add(row_body({&seven}));
  rows.discard();
  EXPECT_EQ(rows.finish(columns)->rows(), 0U);
}

TEST(answer_rows, a_row_cut_anywhere_or_with_more_behind_it_is_refused) {
  const auto seven = number(7);
  const std::string text{"a"};
  const auto whole = row_body({&seven, &text});
  for (std::size_t length = 0; length < whole.size(); ++length) {
    const auto rows =
      rows_of(two_columns, {whole, whole.substr(0, length), whole});
    ASSERT_FALSE(rows) << length;
  }
  const auto longer = rows_of(two_columns, {whole, whole + "b", whole});
  ASSERT_FALSE(longer);
  EXPECT_EQ(longer.error().code, errc::protocol_violation);
}

TEST(answer_rows, a_row_of_another_number_of_columns_is_refused) {
  const auto seven = number(7);
  EXPECT_FALSE(rows_of(two_columns, {row_body({&seven})}));
  EXPECT_FALSE(rows_of({{"calls", int8_oid}}, {row_body({&seven, &seven})}));
}

TEST(answer_rows, rows_that_nothing_described_are_refused) {
  const auto seven = number(7);
  answer_rows rows;
  rows.add(row_body({&seven}));
  EXPECT_FALSE(rows.finish({}));
  EXPECT_TRUE(rows.finish({}));
}

TEST(answer_rows, many_columns_and_rows_without_a_byte_take_no_room) {
  // Their cells would take 400 GB.
  const std::vector<told_column> wide(65'000, {"c", int8_oid});
  const std::vector<std::string> empty(400'000, std::string{});
  const auto rows = rows_of(wide, empty);
  ASSERT_FALSE(rows);
  EXPECT_EQ(rows.error().code, errc::protocol_violation);
}

TEST(answer_rows, a_column_that_is_not_read_is_named) {
  const auto rows = rows_of({{"calls", int8_oid}, {"price", 1'700}}, {});
  ASSERT_FALSE(rows);
  EXPECT_EQ(rows.error().code, errc::statement_failed);
  EXPECT_NE(rows.error().context.find("price"), std::string::npos);
  EXPECT_FALSE(rows_of({{"calls", int8_oid, 0}}, {}))
    << "text is not asked for";
}

TEST(answer_rows, more_than_the_limit_fails_and_what_follows_does_not) {
  const std::string text(1U << 20U, 'x');
  const auto body = row_body({&text});
  answer_rows rows;
  const answer_columns columns{{column_format::text}};
  for (std::uint64_t sent = 0; sent <= limits::result_bytes_max.value();
       sent += body.size()) {
    rows.add(body);
  }
  const auto all = rows.finish(columns);
  ASSERT_FALSE(all);
  EXPECT_EQ(all.error().code, errc::statement_failed);
  EXPECT_NE(all.error().context.find("64 MiB"), std::string::npos);
  rows.add(body);
  EXPECT_TRUE(rows.finish(columns));
}

} // namespace
} // namespace pgmuster::postgres
