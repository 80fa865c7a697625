#include "actors/series_book.hpp"

#include <gtest/gtest.h>

namespace pgmuster {
namespace {

/// Equal first letters are equal shapes.
query_description first_letter(std::string_view text) {
  query_description made;
  made.fingerprint =
    text.empty() ? 0 : static_cast<std::uint64_t>(text.front());
  made.operation = "SELECT";
  made.summary = "SELECT " + std::string{text.substr(0, 1)};
  return made;
}

/// A book and what describes texts for it, as the actors do.
struct described_book {
  fingerprint_cache cache{first_letter, byte_count{1 << 20}};
  series_book book{cache};

  /// Returns how many texts were new to the process.
  std::size_t absorb(observation& seen) {
    for (auto& text : seen.texts) {
      const auto known = cache.find(text.text);
      text.shape = known == nullptr ? 0 : known->fingerprint;
    }
    const auto unknown = book.absorb(seen);
    std::vector<std::uint64_t> shapes;
    for (const auto& text : unknown) {
      shapes.push_back(cache.describe(text.text)->fingerprint);
    }
    book.learn(seen.of->hash, unknown, shapes);
    return unknown.size();
  }
};

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

/// An observation with texts alone, and one with their entries moved.
observation moved_at(std::uint64_t instance,
                     const std::vector<std::string>& keys) {
  auto seen = seen_at(instance);
  entry_block block;
  block.database = "app";
  for (const auto& key : keys) {
    block.moved.push_back(moved(key));
  }
  seen.entries.push_back(std::move(block));
  return seen;
}

TEST(series_book, entries_of_one_shape_and_user_share_a_series) {
  described_book all;
  auto texts = seen_at(1);
  texts.texts = {{hash_of_entry("k1"), "app", "alice", "a1", true},
                 {hash_of_entry("k2"), "app", "alice", "a2", true},
                 {hash_of_entry("k3"), "app", "bob", "a1", true},
                 {hash_of_entry("k4"), "app", "alice", "a1", false}};
  all.absorb(texts);
  auto seen = moved_at(1, {"k1", "k2", "k3", "k4"});
  all.absorb(seen);
  const auto& entries = seen.entries.front().moved;
  EXPECT_EQ(entries[0].series, entries[1].series);
  EXPECT_NE(entries[0].series, entries[2].series);
  EXPECT_NE(entries[0].series, entries[3].series);
  const std::vector<std::string> keys{
    "app", "alice", "true", "0000000000000061", "SELECT", "SELECT a"};
  EXPECT_EQ(entries[0].values_of_keys, keys);
  EXPECT_EQ(keys.size(), std::size(entry_series_keys));
}

TEST(series_book, a_text_is_described_once_for_all_instances) {
  described_book all;
  std::size_t described = 0;
  for (std::uint64_t instance = 1; instance <= 3; ++instance) {
    auto texts = seen_at(instance);
    texts.texts = {{hash_of_entry("k2"), "app", "alice", "a1", true},
                   {hash_of_entry("k1"), "app", "alice", "b1", true},
                   {hash_of_entry("k2"), "app", "alice", "b1", true}};
    described += all.absorb(texts);
    EXPECT_TRUE(texts.texts.empty());
    auto seen = moved_at(instance, {"k1", "k2"});
    all.absorb(seen);
    EXPECT_EQ(seen.entries.front().moved[0].values_of_keys.at(3),
              "0000000000000062");
    EXPECT_EQ(seen.entries.front().moved[1].values_of_keys.at(3),
              "0000000000000061");
  }
  // Both of its own instance's equal texts, before either was described.
  EXPECT_EQ(described, 3U);
  EXPECT_EQ(all.cache.counted().parsed, 2U);
  EXPECT_EQ(all.book.entries(), 6U);
}

TEST(series_book, a_text_that_is_known_names_entries_of_the_same_observation) {
  described_book all;
  auto texts = seen_at(1);
  texts.texts = {{hash_of_entry("k1"), "app", "alice", "a1", true}};
  all.absorb(texts);
  auto seen = moved_at(2, {"k1"});
  seen.texts = {{hash_of_entry("k1"), "app", "alice", "a1", true}};
  EXPECT_EQ(all.absorb(seen), 0U);
  EXPECT_FALSE(seen.entries.front().moved[0].series.empty());
}

TEST(series_book, what_comes_back_for_a_forgotten_instance_is_let_go) {
  described_book all;
  auto texts = seen_at(1);
  texts.texts = {{hash_of_entry("k1"), "app", "alice", "a1", true}};
  const auto unknown = all.book.absorb(texts);
  ASSERT_EQ(unknown.size(), 1U);
  all.book.forget(1, "");
  all.book.learn(1, unknown, {7});
  EXPECT_EQ(all.book.entries(), 0U);
}

TEST(series_book, a_shape_whose_description_was_forgotten_still_has_a_series) {
  fingerprint_cache cache{first_letter, byte_count{1'500}};
  series_book book{cache};
  auto texts = seen_at(1);
  texts.texts = {{hash_of_entry("k1"), "app", "alice", "a1", true}};
  const auto unknown = book.absorb(texts);
  book.learn(1, unknown, {cache.describe("a1")->fingerprint});
  for (const auto* more : {"b", "c", "d", "e", "f", "g"}) {
    ASSERT_NE(cache.describe(more), nullptr);
  }
  ASSERT_EQ(cache.of_shape('a'), nullptr);
  auto seen = moved_at(1, {"k1"});
  ASSERT_TRUE(book.absorb(seen).empty());
  const auto& names = seen.entries.front().moved[0].values_of_keys;
  EXPECT_EQ(names.at(entry_fingerprint_key), "0000000000000061");
  EXPECT_EQ(names.back(), "");
}

TEST(series_book, an_entry_without_a_text_has_no_series) {
  described_book all;
  auto seen = moved_at(1, {"unknown"});
  all.absorb(seen);
  EXPECT_TRUE(seen.entries.front().moved.front().series.empty());
}

TEST(series_book, equal_keys_of_two_instances_are_told_apart) {
  described_book all;
  auto first = seen_at(1);
  first.texts = {{hash_of_entry("k"), "app", "alice", "a", true}};
  all.absorb(first);
  auto second = moved_at(2, {"k"});
  all.absorb(second);
  EXPECT_TRUE(second.entries.front().moved.front().series.empty());
  EXPECT_EQ(all.book.entries(), 1U);
  EXPECT_EQ(all.book.forget(1, ""), 1U);
  EXPECT_EQ(all.book.entries(), 0U);
}

TEST(series_book, a_database_that_is_gone_is_forgotten_alone) {
  described_book all;
  auto texts = seen_at(1);
  texts.texts = {{hash_of_entry("k1"), "app", "alice", "a", true},
                 {hash_of_entry("k2"), "gone", "alice", "a", false},
                 {hash_of_entry("k3"), "gone", "bob", "b", true}};
  all.absorb(texts);
  EXPECT_EQ(all.book.forget(1, "never_seen"), 0U);
  EXPECT_EQ(all.book.forget(2, "gone"), 0U);
  EXPECT_EQ(all.book.forget(1, "gone"), 2U);
  auto later = moved_at(1, {"k1", "k2", "k3"});
  all.absorb(later);
  const auto& entries = later.entries.front().moved;
  EXPECT_FALSE(entries[0].series.empty());
  EXPECT_TRUE(entries[1].series.empty());
  EXPECT_TRUE(entries[2].series.empty());
}

} // namespace
} // namespace pgmuster
