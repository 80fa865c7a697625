// Events and counted time get the shape of their query, and no raw text goes
// further.
#include "actors/query_names.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace pgmuster {
namespace {

/// The shape is the first letter; the text loses all but that.
query_describer first_letters(int& read) {
  return [&read](std::string_view text) {
    ++read;
    query_description made;
    made.fingerprint = static_cast<std::uint64_t>(text.front());
    made.text = std::string{text.substr(0, 1)} + " ?";
    return made;
  };
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
  fingerprint_cache shapes_{first_letters(read_), byte_count{1 << 20}};
  query_names names_{shapes_};
  series_book entries_{shapes_};
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
  texts.texts = {{hash_of_entry("k1"), "app", "bob", "", true,
                  shapes_.describe("update t")->fingerprint}};
  static_cast<void>(entries_.absorb(texts));
  auto seen = seen_at(1);
  seen.queries = {{"k1", "a cut text", "postgresql.rolname"}};
  target_event event;
  event.query = 0;
  seen.events.push_back(event);
  names_.name(seen, entries_);
  EXPECT_EQ(told(seen.events[0], query_fingerprint_key), "0000000000000075");
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

TEST_F(query_names_test, a_text_is_read_once) {
  for (int cycle = 0; cycle < 3; ++cycle) {
    auto seen = seen_at(1);
    seen.queries = {{"", "same"}};
    names_.name(seen, entries_);
  }
  EXPECT_EQ(read_, 1);
}

} // namespace
} // namespace pgmuster
