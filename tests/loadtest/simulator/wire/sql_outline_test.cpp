// Where statements end, and what they begin with.
#include "loadtest/simulator/wire/sql_outline.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace pgmuster::loadtest {
namespace {

std::vector<std::string> statements(std::string_view text) {
  std::vector<std::string> made;
  while (const auto one = take_statement(text)) {
    made.emplace_back(*one);
  }
  return made;
}

using texts = std::vector<std::string>;

TEST(sql_outline_test, statements_end_at_semicolons) {
  EXPECT_EQ(statements("SELECT 1; SELECT 2 ;"),
            (texts{"SELECT 1", "SELECT 2"}));
  EXPECT_EQ(statements(" ;;  "), texts{});
  EXPECT_EQ(statements(""), texts{});
  EXPECT_EQ(statements("-- nothing;\n/* ; */"), texts{});
}

TEST(sql_outline_test, a_semicolon_in_quotes_or_comments_ends_nothing) {
  for (const std::string one :
       {"SELECT ';'", "SELECT \";\"", "SELECT $$;$$", "SELECT $a$;$$;$a$",
        "SELECT E'\\';'", "SELECT 'it''s;'", "/* /* ; */ ; */ SELECT 1",
        "SELECT 1 -- ;\n+ 1", "SELECT 'open; end", "SELECT $x$ open; end"}) {
    EXPECT_EQ(statements(one), texts{one});
    if (one.find("open") == one.npos) {
      EXPECT_EQ(statements(one + ";SELECT 2"), (texts{one, "SELECT 2"}));
    }
  }
}

TEST(sql_outline_test,
     a_dollar_within_a_name_or_before_a_number_quotes_nothing) {
  EXPECT_EQ(statements("SELECT a$$;SELECT $1;SELECT b$$"),
            (texts{"SELECT a$$", "SELECT $1", "SELECT b$$"}));
}

TEST(sql_outline_test, a_statement_is_known_by_its_first_word) {
  EXPECT_EQ(kind_of("/* c */ bEgIn"), statement_kind::begin);
  EXPECT_EQ(kind_of("START TRANSACTION"), statement_kind::begin);
  EXPECT_EQ(kind_of("END"), statement_kind::commit);
  EXPECT_EQ(kind_of("ABORT"), statement_kind::rollback);
  EXPECT_EQ(kind_of("ROLLBACK WORK"), statement_kind::rollback);
  EXPECT_EQ(kind_of("ROLLBACK TO s"), statement_kind::other);
  EXPECT_EQ(kind_of("COPY t TO STDOUT"), statement_kind::copy);
  EXPECT_EQ(kind_of("SELECT 1"), statement_kind::other);
  EXPECT_EQ(kind_of("( SELECT 1 )"), statement_kind::other);
  EXPECT_EQ(kind_of(" -- x"), statement_kind::empty);
}

TEST(sql_outline_test, parameters_are_counted_outside_of_quotes) {
  EXPECT_EQ(parameter_count("SELECT $2, $1, '$7', a$9"), 2U);
  EXPECT_EQ(parameter_count("SELECT $$ $5 $$"), 0U);
  EXPECT_EQ(parameter_count("SELECT $99999999999999999999"), 65'535U);
}

TEST(sql_outline_test, a_set_is_taken_apart) {
  const auto one = setting_of("SET LOCAL statement_timeout = 3000 ");
  ASSERT_TRUE(one);
  EXPECT_TRUE(one->local);
  EXPECT_EQ(one->name, "statement_timeout");
  EXPECT_EQ(one->value, "3000");
  const auto other = setting_of("set application_name to 'a b'");
  ASSERT_TRUE(other);
  EXPECT_FALSE(other->local);
  EXPECT_EQ(other->value, "a b");
  EXPECT_FALSE(setting_of("SET TRANSACTION READ ONLY"));
  EXPECT_FALSE(setting_of("SELECT 1"));
}

TEST(sql_outline_test, read_only_is_two_words_together) {
  EXPECT_TRUE(says_read_only("BEGIN ISOLATION LEVEL SERIALIZABLE, read ONLY"));
  EXPECT_FALSE(says_read_only("BEGIN READ WRITE"));
}

TEST(sql_outline_test, deallocate_names_one_or_all) {
  EXPECT_EQ(deallocated_name("DEALLOCATE ALL"), "");
  EXPECT_EQ(deallocated_name("DEALLOCATE PREPARE s1"), "s1");
  EXPECT_EQ(deallocated_name("DEALLOCATE \"S 1\""), "S 1");
}

} // namespace
} // namespace pgmuster::loadtest
