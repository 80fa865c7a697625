#include "actors/series_book.hpp"

#include <gtest/gtest.h>

namespace pgmuster {
namespace {

/// Equal first letters are equal shapes.
std::uint64_t first_letter(std::string_view text) {
  return text.empty() ? 0 : static_cast<std::uint64_t>(text.front());
}

observation seen_at(std::uint64_t instance) {
  auto of = std::make_shared<resource>();
  of->hash = instance;
  observation seen;
  seen.of = std::move(of);
  return seen;
}

entry_delta moved(const std::string& key) {
  entry_delta entry;
  entry.key = key;
  return entry;
}

TEST(series_book, entries_of_one_shape_and_user_share_a_series) {
  series_book book{first_letter};
  auto seen = seen_at(1);
  seen.texts = {{"k1", "app", "alice", "a1", true},
                {"k2", "app", "alice", "a2", true},
                {"k3", "app", "bob", "a1", true},
                {"k4", "app", "alice", "a1", false}};
  entry_block block;
  block.database = "app";
  block.moved = {moved("k1"), moved("k2"), moved("k3"), moved("k4")};
  seen.entries.push_back(block);
  book.absorb(seen);
  const auto& entries = seen.entries.front().moved;
  EXPECT_EQ(entries[0].series, entries[1].series);
  EXPECT_NE(entries[0].series, entries[2].series);
  EXPECT_NE(entries[0].series, entries[3].series);
  const std::vector<std::string> keys{"app", "alice", "true",
                                      "0000000000000061"};
  EXPECT_EQ(entries[0].values_of_keys, keys);
}

TEST(series_book, a_text_is_fingerprinted_once_for_all_instances) {
  int asked = 0;
  series_book book{[&asked](std::string_view text) {
    ++asked;
    return first_letter(text);
  }};
  for (std::uint64_t instance = 1; instance <= 3; ++instance) {
    auto seen = seen_at(instance);
    seen.texts = {{"k2", "app", "alice", "a1", true},
                  {"k1", "app", "alice", "b1", true},
                  {"k2", "app", "alice", "b1", true}};
    entry_block block;
    block.moved = {moved("k1"), moved("k2")};
    seen.entries.push_back(block);
    book.absorb(seen);
    EXPECT_EQ(seen.entries.front().moved[0].values_of_keys.at(3),
              "0000000000000062");
    EXPECT_EQ(seen.entries.front().moved[1].values_of_keys.at(3),
              "0000000000000061");
  }
  EXPECT_EQ(asked, 2);
  EXPECT_EQ(book.entries(), 6U);
}

TEST(series_book, an_entry_without_a_text_has_no_series) {
  series_book book{first_letter};
  auto seen = seen_at(1);
  entry_block block;
  block.moved = {moved("unknown")};
  seen.entries.push_back(block);
  book.absorb(seen);
  EXPECT_TRUE(seen.entries.front().moved.front().series.empty());
}

TEST(series_book, equal_keys_of_two_instances_are_told_apart) {
  series_book book{first_letter};
  auto first = seen_at(1);
  first.texts = {{"k", "app", "alice", "a", true}};
  book.absorb(first);
  auto second = seen_at(2);
  entry_block block;
  block.moved = {moved("k")};
  second.entries.push_back(block);
  book.absorb(second);
  EXPECT_TRUE(second.entries.front().moved.front().series.empty());
  EXPECT_EQ(book.entries(), 1U);
  EXPECT_EQ(book.forget(1, ""), 1U);
  EXPECT_EQ(book.entries(), 0U);
}

TEST(series_book, a_database_that_is_gone_is_forgotten_alone) {
  series_book book{first_letter};
  auto seen = seen_at(1);
  seen.texts = {{"k1", "app", "alice", "a", true},
                {"k2", "gone", "alice", "a", false},
                {"k3", "gone", "bob", "b", true}};
  book.absorb(seen);
  EXPECT_EQ(book.forget(1, "never_seen"), 0U);
  EXPECT_EQ(book.forget(2, "gone"), 0U);
  EXPECT_EQ(book.forget(1, "gone"), 2U);
  auto later = seen_at(1);
  entry_block block;
  block.moved = {moved("k1"), moved("k2"), moved("k3")};
  later.entries.push_back(block);
  book.absorb(later);
  const auto& entries = later.entries.front().moved;
  EXPECT_FALSE(entries[0].series.empty());
  EXPECT_TRUE(entries[1].series.empty());
  EXPECT_TRUE(entries[2].series.empty());
}

} // namespace
} // namespace pgmuster
