// Equal shapes have equal fingerprints, by the parser and without it.
#include "drivers/postgres/fingerprint/fingerprint.hpp"
#include "drivers/postgres/fingerprint/statement_shape.hpp"

#include <gtest/gtest.h>

#include <random>
#include <thread>
#include <vector>

namespace pgmuster::postgres {
namespace {

TEST(fingerprint, literals_parameters_and_list_lengths_do_not_matter) {
  const auto with_values =
    fingerprint_of("SELECT a FROM t WHERE b = 7 AND c IN (1, 2, 3)");
  const auto with_parameters =
    fingerprint_of("select  a from t where b = $1 and c in ($2)");
  EXPECT_FALSE(with_values.lexical);
  EXPECT_EQ(with_values.value, with_parameters.value);
  EXPECT_NE(with_values.value,
            fingerprint_of("SELECT a FROM u WHERE b = 7").value);
}

TEST(fingerprint, what_a_server_puts_in_place_of_names_and_n_strings_is_known) {
  for (const auto& [one, other] :
       {std::pair{"SAVEPOINT a", "SAVEPOINT $1"},
        {"RELEASE SAVEPOINT a", "RELEASE SAVEPOINT $1"},
        {"ROLLBACK TO SAVEPOINT a", "ROLLBACK TO SAVEPOINT $1"},
        {"DEALLOCATE a", "DEALLOCATE $1"},
        {"SELECT a FROM t WHERE b = N'x'", "SELECT a FROM t WHERE b = N$12"}}) {
    const auto first = fingerprint_of(one);
    const auto second = fingerprint_of(other);
    EXPECT_FALSE(second.lexical) << other;
    EXPECT_EQ(first.value, second.value) << other;
  }
}

TEST(shape, of_utilities_has_no_secret_however_it_is_written) {
  for (const auto& [query, text] :
       {std::pair{"alter role a password zq;", "alter role a password ?;"},
        {"alter role a with encrypted password \"zq\"",
         "alter role a with encrypted password ?"},
        {"create user u with password zq valid until 'x'",
         "create user u with password ? valid until ?"},
        {"ALTER USER a PASSWORD NULL", "ALTER USER a PASSWORD NULL"},
        {"set password zq; select a", "set password ?; select a"},
        {"alter user a identified by zq", "alter user a identified by ?"},
        {"create user mapping for x server s options (user zq, password zq)",
         "create user mapping for x server s options (user ?, password ?)"},
        {"alter server s options (set host zq.zq, add \"port\" zq, drop b)",
         "alter server s options (set host ?, add \"port\" ?, drop b)"},
        {"create subscription s connection host=h password=zq publication p",
         "create subscription s connection ? publication p"},
        {"alter system set primary_conninfo = host=x password=zq",
         "alter system set primary_conninfo = ?"},
        {"set a = b zq; update t set c = d", "set a = ?; update t set c = d"},
        {"notify ch, zq zq", "notify ch, ?"},
        {"comment on table t is zq zq", "comment on table t is ?"},
        {"select a where b = \xE2\x80\x98zq x\xE2\x80\x99 and c",
         "select a where b = ? and c"},
        {"select \xE2\x80\x9Czq", "select ?"},
        {"create table t (password text, options text)",
         "create table t (password text, options text)"}}) {
    EXPECT_EQ(shape_text(shape_of(query)), text);
  }
}

TEST(fingerprint, a_text_that_was_cut_is_told_by_its_words) {
  const auto one = fingerprint_of("SELECT a FROM t WHERE b = 'x' AND c IN (1,");
  const auto two =
    fingerprint_of("select a from t WHERE b = $1 AND c IN (9, 8,");
  EXPECT_TRUE(one.lexical);
  EXPECT_EQ(one.value, two.value);
  EXPECT_NE(one.value,
            fingerprint_of("SELECT a FROM t WHERE d = 'x' AND (").value);
}

TEST(fingerprint, a_zero_byte_does_not_end_the_text) {
  using namespace std::string_view_literals;
  const auto cut = fingerprint_of("SELECT 1"sv);
  const auto whole = fingerprint_of("SELECT 1\0 FROM t"sv);
  EXPECT_TRUE(whole.lexical);
  EXPECT_NE(cut.value, whole.value);
}

TEST(fingerprint, threads_agree_and_may_end) {
  const auto expected = fingerprint_of("UPDATE t SET a = 1 WHERE id = 2").value;
  std::vector<std::uint64_t> seen(8);
  std::vector<std::thread> threads;
  for (auto& value : seen) {
    threads.emplace_back([&value] {
      for (int turn = 0; turn < 50; ++turn) {
        value = fingerprint_of("update t set a = $1 where id = $2").value;
      }
    });
  }
  for (auto& thread : threads) {
    thread.join();
  }
  EXPECT_EQ(seen, std::vector<std::uint64_t>(8, expected));
}

TEST(fingerprint, any_bytes_are_taken) {
  const auto seed = std::random_device{}();
  SCOPED_TRACE(seed);
  std::mt19937 random{seed};
  constexpr std::string_view alphabet{"'\"$eE\\-/*()[],;1a.? \n\0\xc3\x28", 24};
  for (int turn = 0; turn < 20'000; ++turn) {
    std::string text(random() % 40, ' ');
    for (auto& c : text) {
      c = alphabet[random() % alphabet.size()];
    }
    ASSERT_EQ(fingerprint_of(text).value, fingerprint_of(text).value) << text;
    ASSERT_EQ(lexical_shape(text), lexical_shape(text)) << text;
  }
}

struct lexical_case {
  const char* text;
  const char* shape;
};

TEST(lexical_shape, follows_the_rules_of_literals_and_comments) {
  const lexical_case cases[] = {
    {"SELECT  'it''s' -- no\n , 2", "select ? , ?"},
    {R"(SELECT E'a\'b', 'a\\', c)", "select ? , ? , c"},
    // Nobody knows whether that backslash escapes the quote.
    {R"(SELECT E'a\'b', 'a\', c)", "select ? , ?"},
    {"SELECT $$a'b$$, $q$ $$ $q$, $1", "select ? , ? , ?"},
    {"a /* x /* y */ z */ b", "a b"},
    {"SELECT \"A\"\"b\", Tab1.c2", "select \"A\"\"b\" , tab1 . c2"},
    {"x = 1.5e-7 + .5 - 0x1F", "x = ? + ? - ?"},
    {"a IN (1,\n 2,'x')", "a in ( ? )"},
    {"VALUES (1,2),(3,4), (5,6)", "values ( ? )"},
    {"= ANY (ARRAY[1,2])", "= any ( array [ ? ] )"},
    {"f(1, 2)", "f ( ? , ? )"},
    {"a = 'never ends", "a = ?"},
    {"a /* never ends", "a"},
    {"price$ = $", "price$ = $"}};
  for (const auto& one : cases) {
    EXPECT_EQ(lexical_shape(one.text), one.shape) << one.text;
  }
}

} // namespace
} // namespace pgmuster::postgres
