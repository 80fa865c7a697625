// Events and counted time get the shape of their query, and no raw text goes
// further.
#include "actors/query_names.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace pgmuster {
namespace {

/// The shape is the first letter; the text loses all but that.
query_reader first_letters(int& read) {
  return {[&read](std::string_view text) {
            ++read;
            return read_query{static_cast<std::uint64_t>(text.front()),
                              std::string{text.substr(0, 1)} + " ?"};
          },
          [](std::string_view words) {
            return words == "alice@example.com" ? "?" : std::string{words};
          },
          "postgresql.application_name"};
}

observation seen_at(std::uint64_t instance) {
  auto of = std::make_shared<resource>();
  of->hash = instance;
  observation seen;
  seen.of = std::move(of);
  return seen;
}

std::string told(const target_event& event, const std::string& key) {
  const auto found =
    std::find_if(event.described.begin(), event.described.end(),
                 [&](const auto& one) { return one.key == key; });
  return found == event.described.end() ? "(none)" : found->value;
}

class query_names_test : public ::testing::Test {
protected:
  static entry_delta entry_of(std::uint32_t query) {
    entry_delta made;
    made.query = query;
    made.values_of_keys = {"app", "alice", ""};
    made.deltas = {10};
    return made;
  }

  int read_ = 0;
  query_names names_{first_letters(read_)};
  series_book entries_{
    [](std::string_view text) { return std::uint64_t{0xfeed} + text.size(); }};
};

TEST_F(query_names_test, a_query_without_an_entry_is_known_by_its_text) {
  auto seen = seen_at(1);
  seen.queries = {{"", "select 'secret'"}, {"", "delete 7"}};
  target_event event;
  event.query = 1;
  seen.events.push_back(event);
  entry_block block;
  block.moved = {entry_of(0), entry_of(1), entry_of(0)};
  seen.entries.push_back(block);
  names_.name(seen, entries_);
  EXPECT_EQ(told(seen.events[0], query_text_key), "d ?");
  EXPECT_EQ(told(seen.events[0], query_fingerprint_key), "0000000000000064");
  EXPECT_EQ(seen.events[0].sample.shape, 0x64U);
  const auto& moved = seen.entries[0].moved;
  EXPECT_EQ(moved[0].values_of_keys.back(), "0000000000000073");
  EXPECT_EQ(moved[0].series, moved[2].series);
  EXPECT_NE(moved[0].series, moved[1].series);
  EXPECT_TRUE(seen.queries.empty()) << "raw texts go no further";
}

TEST_F(query_names_test, a_query_with_an_entry_has_its_shape_and_user) {
  auto texts = seen_at(1);
  texts.texts = {{"k1", "app", "bob", "update t", true}};
  names_.learn(texts);
  entries_.absorb(texts);
  auto seen = seen_at(1);
  seen.queries = {{"k1", "update t /* cut", "postgresql.rolname"}};
  target_event event;
  event.query = 0;
  seen.events.push_back(event);
  names_.name(seen, entries_);
  EXPECT_EQ(told(seen.events[0], query_fingerprint_key), "000000000000fef5");
  EXPECT_EQ(told(seen.events[0], "postgresql.rolname"), "bob");
}

TEST_F(query_names_test, a_query_that_nobody_knows_is_told_without_a_shape) {
  auto seen = seen_at(1);
  seen.queries = {{"k9", ""}};
  target_event event;
  event.query = 0;
  seen.events.push_back(event);
  entry_block block;
  block.moved = {entry_of(0)};
  seen.entries.push_back(block);
  names_.name(seen, entries_);
  EXPECT_EQ(told(seen.events[0], query_fingerprint_key), "(none)");
  EXPECT_EQ(seen.entries[0].moved[0].values_of_keys.back(), "");
  EXPECT_FALSE(seen.entries[0].moved[0].series.empty());
}

TEST_F(query_names_test, words_of_applications_are_scrubbed) {
  auto seen = seen_at(1);
  target_event event;
  event.described = {{"postgresql.application_name", "alice@example.com"}};
  seen.events.push_back(event);
  names_.name(seen, entries_);
  EXPECT_EQ(told(seen.events[0], "postgresql.application_name"), "?");
}

TEST_F(query_names_test, a_text_is_read_once_and_what_is_kept_is_bounded) {
  for (int cycle = 0; cycle < 3; ++cycle) {
    auto seen = seen_at(1);
    seen.queries = {{"", "same"}};
    names_.name(seen, entries_);
  }
  EXPECT_EQ(read_, 1);
  for (int other = 0; other < 50'000; ++other) {
    auto seen = seen_at(1);
    seen.queries = {{"", std::to_string(other)}};
    names_.name(seen, entries_);
  }
  EXPECT_LE(names_.bytes(), query_names::bytes_max);
}

} // namespace
} // namespace pgmuster
