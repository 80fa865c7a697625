// Thousands of generated statements: one shape has one fingerprint, and nothing
// that was planted in a literal or a comment is left, wherever the text is cut.
#include "drivers/postgres/fingerprint/fingerprint.hpp"
#include "drivers/postgres/fingerprint/query_summary.hpp"
#include "drivers/postgres/fingerprint/statement_shape.hpp"
#include "tests/drivers/postgres/fingerprint/statement_generator.hpp"

#include <gtest/gtest.h>

#include <iostream>
#include <map>
#include <random>
#include <set>

namespace pgmuster::postgres {
namespace {

constexpr std::uint64_t structures = 3'000;
constexpr std::uint64_t variations = 4;

std::uint64_t seed_of_this_run() {
  const std::uint64_t seed = std::random_device{}();
  std::cout << "seed " << seed << '\n';
  return seed;
}

TEST(corpus, the_same_shape_with_other_literals_has_the_same_fingerprint) {
  const auto seed = seed_of_this_run();
  for (std::uint64_t of = 0; of < structures; ++of) {
    const auto first = generate_query(seed + of, seed);
    const auto known = fingerprint_of(first.text);
    EXPECT_FALSE(known.lexical) << first.text;
    for (std::uint64_t more = 1; more < variations; ++more) {
      const auto next = generate_query(seed + of, seed + more);
      ASSERT_EQ(fingerprint_of(next.text).value, known.value)
        << first.text << "\n"
        << next.text;
      ASSERT_EQ(lexical_shape(next.text), lexical_shape(first.text))
        << first.text << "\n"
        << next.text;
    }
  }
}

TEST(corpus, a_utility_statement_with_other_literals_has_the_same_fingerprint) {
  const auto seed = seed_of_this_run();
  std::size_t lexical = 0;
  for (std::uint64_t of = 0; of < structures; ++of) {
    const auto first = generate_utility(seed + of, seed);
    const auto known = fingerprint_of(first.text);
    lexical += known.lexical ? 1 : 0;
    for (std::uint64_t more = 1; more < variations; ++more) {
      const auto next = generate_utility(seed + of, seed + more);
      ASSERT_EQ(fingerprint_of(next.text).value, known.value)
        << first.text << "\n"
        << next.text;
      ASSERT_EQ(lexical_shape(next.text), lexical_shape(first.text))
        << first.text << "\n"
        << next.text;
    }
  }
  EXPECT_EQ(lexical, 0U);
}

TEST(corpus, another_structure_has_another_fingerprint) {
  const auto seed = seed_of_this_run();
  std::map<std::uint64_t, std::string> known;
  std::set<std::string> words;
  for (std::uint64_t of = 0; of < structures; ++of) {
    // Each has a table of its own, so no two are of one shape.
    const auto one = generate_query(seed + of, seed);
    const auto [at, fresh] =
      known.emplace(fingerprint_of(one.text).value, one.text);
    ASSERT_TRUE(fresh) << one.text << "\n" << at->second;
    ASSERT_TRUE(words.insert(lexical_shape(one.text)).second) << one.text;
    const auto more = fingerprint_of(one.text + " AND added = 1");
    const auto less = fingerprint_of(one.text);
    ASSERT_NE(more.value, less.value) << one.text;
  }
}

TEST(corpus, what_the_server_makes_of_a_shape_has_its_fingerprint) {
  // pg_stat_statements puts $n for constants, and other versions of it other
  // lists: the text a server shows has the fingerprint of what was sent.
  const std::pair<const char*, const char*> pairs[] = {
    {"SELECT a FROM t WHERE b = 'x' AND c IN (1, 2, 3)",
     "SELECT a FROM t WHERE b = $1 AND c IN ($2, $3, $4)"},
    {"SELECT a FROM t WHERE c IN (1, 2, 3)",
     "SELECT a FROM t WHERE c IN ($1 /*, ... */)"},
    {"SELECT interval '1 day', date '2020-01-01'",
     "SELECT interval $1, date $2"},
    {"INSERT INTO t VALUES (1, 'a'), (2, 'b')",
     "INSERT INTO t VALUES ($1, $2), ($3, $4)"},
    {"SET work_mem = '64MB'", "SET work_mem = $1"},
    {"SELECT 'a'::text || E'\\n' LIMIT 5", "SELECT $1::text || $2 LIMIT $3"},
    {"COPY t FROM '/tmp/a' WITH (FORMAT csv)",
     "COPY t FROM '/tmp/b' WITH (FORMAT csv)"}};
  for (const auto& [sent, shown] : pairs) {
    const auto one = fingerprint_of(sent);
    const auto other = fingerprint_of(shown);
    EXPECT_EQ(one.value, other.value) << sent << "\n" << shown;
    EXPECT_FALSE(one.lexical || other.lexical) << shown;
  }
}

void expect_nothing_left(const std::string& text) {
  const auto shape = shape_of(text);
  const auto words = words_of(shape);
  const auto told =
    shape_text(shape) + shape_key(shape) + words.operation + words.summary;
  ASSERT_EQ(told.find(planted), std::string::npos) << text << "\n" << told;
}

TEST(corpus, nothing_planted_is_left_wherever_the_text_is_cut) {
  const auto seed = seed_of_this_run();
  for (std::uint64_t of = 0; of < structures; ++of) {
    for (const auto& one :
         {generate_query(seed + of, seed), generate_utility(seed + of, seed)}) {
      for (std::size_t length = 0; length <= one.text.size(); ++length) {
        expect_nothing_left(one.text.substr(0, length));
      }
    }
  }
}

TEST(corpus, nothing_planted_is_left_where_backslashes_escape_quotes) {
  // As with standard_conforming_strings off, which no text says of itself.
  for (const auto* text :
       {R"(SELECT 'it\'s s3cr3t', 'and s3cr3t')",
        R"(SELECT 'a\\\'s3cr3t' FROM t WHERE b = 's3cr3t')",
        R"(SELECT 'a\''s3cr3t', 's3cr3t')",
        R"(UPDATE t SET a = '\' s3cr3t' WHERE b = 's3cr3t\'s3cr3t')"}) {
    const std::string whole = text;
    for (std::size_t length = 0; length <= whole.size(); ++length) {
      expect_nothing_left(whole.substr(0, length));
    }
  }
  EXPECT_EQ(shape_text(shape_of(R"(SELECT a LIKE '5\%' ESCAPE '\' FROM t)")),
            "SELECT a LIKE ? ESCAPE ? FROM t");
}

TEST(corpus, a_statement_is_described_without_what_was_planted) {
  const auto seed = seed_of_this_run();
  for (std::uint64_t of = 0; of < structures; ++of) {
    for (const auto& one :
         {generate_query(seed + of, seed), generate_utility(seed + of, seed)}) {
      const auto told = describe_query(one.text, {});
      ASSERT_EQ((told.text + told.summary + told.operation).find(planted),
                std::string::npos)
        << one.text;
      ASSERT_FALSE(told.operation.empty()) << one.text;
      ASSERT_TRUE(told.tags.empty());
    }
  }
}

} // namespace
} // namespace pgmuster::postgres
