// The packed walk agrees with a naive model of SEMANTICS §2, and with what a
// simulated server really added wherever that can be known.
#include "routing/entry_deltas.hpp"
#include "tests/routing/random_source.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <string>
#include <tuple>

namespace pgmuster {
namespace {

using testing_routing::dice;
using values = std::vector<std::int64_t>;

constexpr std::size_t columns = 6;

std::string big_endian(std::uint64_t value) {
  std::string bytes(8, '\0');
  for (std::size_t i = 8; i-- > 0; value >>= 8U) {
    bytes[i] = static_cast<char>(value & 0xffU);
  }
  return bytes;
}

std::shared_ptr<const block_layout> layout_of(std::size_t count) {
  auto made = std::make_shared<block_layout>();
  made->probe = "statements";
  for (std::size_t c = 0; c < count; ++c) {
    made->metrics.push_back({.name = "m" + std::to_string(c),
                             .unit = "{x}",
                             .description = {},
                             .kind = instrument::counter});
    made->columns.push_back({static_cast<std::uint32_t>(c), {}});
  }
  return made;
}

struct row {
  std::int64_t database = 0;
  std::uint64_t query = 0;
  values absolute;
  std::int64_t since = 0;
  bool unattributed = false;

  [[nodiscard]] std::string key() const {
    return big_endian(static_cast<std::uint64_t>(database)) + big_endian(query);
  }
};

entry_readings readings(const std::vector<row>& rows, bool with_since) {
  entry_readings made;
  made.count = rows.size();
  made.columns = columns;
  made.key_width = 16;
  for (const auto& one : rows) {
    made.keys += one.key();
    made.values.insert(made.values.end(), one.absolute.begin(),
                       one.absolute.end());
    if (with_since) {
      made.since.push_back(one.since);
    }
    made.database_oids.push_back(one.database);
    made.unattributed.push_back(one.unattributed ? 1 : 0);
  }
  return made;
}

/// What a read should say, by database.
struct expectation {
  std::map<std::string, values> moved;
  std::size_t entries = 0;
  bool gap = false;
};

/// Straight from the text of SEMANTICS §2, with maps.
class naive_model {
public:
  std::map<std::int64_t, expectation> absorb(const std::vector<row>& rows,
                                             const read_context& context,
                                             bool with_since) {
    std::map<std::int64_t, expectation> said;
    const bool first = !read_ || !(during_ == context.during);
    const bool reset = !first && stats_reset_ != context.stats_reset;
    std::map<std::int64_t, values> sums;
    for (const auto& one : rows) {
      auto& into = said[one.database];
      ++into.entries;
      into.gap = into.gap || first;
      if (one.unattributed) {
        auto& sum =
          sums.try_emplace(one.database, values(columns)).first->second;
        for (std::size_t c = 0; c < columns; ++c) {
          sum[c] += one.absolute[c];
        }
      } else if (!first) {
        attributed(into, one, reset, with_since);
      }
    }
    for (const auto& [database, sum] : sums) {
      if (!first) {
        unattributed(said[database], database, sum, reset);
      }
    }
    remember(rows, context, sums);
    return said;
  }

private:
  void
  attributed(expectation& into, const row& one, bool reset, bool with_since) {
    const auto before = entries_.find(one.key());
    if (reset || (before == entries_.end() && complete_)) {
      note(into, one.key(), one.absolute);
    } else if (before == entries_.end()) {
      into.gap = true;
    } else {
      values delta(columns);
      bool fell = with_since && before->second.since != one.since;
      for (std::size_t c = 0; c < columns; ++c) {
        delta[c] = one.absolute[c] - before->second.absolute[c];
        fell = fell || delta[c] < 0;
      }
      note(into, one.key(), fell ? one.absolute : delta);
    }
  }

  void unattributed(expectation& into,
                    std::int64_t database,
                    const values& sum,
                    bool reset) {
    const auto before = sums_.find(database);
    values delta = sum;
    bool known = reset || complete_;
    if (!reset && before != sums_.end()) {
      for (std::size_t c = 0; c < columns; ++c) {
        delta[c] -= before->second[c];
        known = known && delta[c] >= 0;
      }
    }
    if (known) {
      note(into, "", delta);
    } else {
      into.gap = true;
    }
  }

  static void
  note(expectation& into, const std::string& key, const values& delta) {
    if (delta != values(columns)) {
      into.moved[key] = delta;
    }
  }

  void remember(const std::vector<row>& rows,
                const read_context& context,
                const std::map<std::int64_t, values>& sums) {
    entries_.clear();
    for (const auto& one : rows) {
      if (!one.unattributed) {
        entries_[one.key()] = one;
      }
    }
    sums_ = sums;
    during_ = context.during;
    stats_reset_ = context.stats_reset;
    complete_ = context.complete;
    read_ = true;
  }

  std::map<std::string, row> entries_;
  std::map<std::int64_t, values> sums_;
  incarnation during_;
  std::int64_t stats_reset_ = 0;
  bool complete_ = false;
  bool read_ = false;
};

/// A server whose entries grow, go, come back and are reset.
class server {
public:
  explicit server(dice& random) : random_(random) {
    for (int i = 0; i < 120; ++i) {
      add(static_cast<std::uint64_t>(i));
    }
  }

  void live() {
    for (auto& [key, one] : rows_) {
      if (random_.one_in(10)) {
        grow(one);
      }
    }
    if (random_.one_in(3)) {
      add(random_.upto(300));
    }
    if (!rows_.empty() && random_.one_in(2)) {
      auto at = rows_.begin();
      std::advance(at,
                   static_cast<std::ptrdiff_t>(random_.upto(rows_.size() - 1)));
      if (random_.one_in(2)) {
        rows_.erase(at);
      } else {
        reset(at->second);
      }
    }
    if (random_.one_in(25)) {
      reset_all();
    }
    if (random_.one_in(25)) {
      restart();
    }
  }

  [[nodiscard]] std::vector<row> read(bool complete) {
    std::vector<row> seen;
    for (const auto& [key, one] : rows_) {
      if (complete || !random_.one_in(4)) {
        seen.push_back(one);
      }
    }
    for (std::size_t i = seen.size(); i > 1; --i) {
      std::swap(seen[i - 1], seen[random_.upto(i - 1)]);
    }
    return seen;
  }

  read_context context;

private:
  void add(std::uint64_t query) {
    row one;
    one.database = static_cast<std::int64_t>(1 + query % 3);
    one.query = query * 0x9e3779b97f4a7c15ULL;
    one.unattributed = query % 20 == 0;
    one.absolute.resize(columns);
    one.since = ++clock_;
    grow(one);
    if (one.unattributed) {
      // All rows without identity have the same key.
      one.query = 0;
    }
    rows_.try_emplace(query, one);
  }
  void grow(row& one) {
    for (auto& value : one.absolute) {
      value += random_.one_in(2)
                 ? static_cast<std::int64_t>(random_.upto(1'000'000))
                 : 0;
    }
  }
  /// Sometimes it has grown past its old values by the next read.
  void reset(row& one) {
    one.since = ++clock_;
    const auto before = one.absolute;
    one.absolute.assign(columns, 0);
    grow(one);
    if (random_.one_in(3)) {
      for (std::size_t c = 0; c < columns; ++c) {
        one.absolute[c] += before[c];
      }
    }
  }
  void reset_all() {
    context.stats_reset = ++clock_;
    for (auto& [key, one] : rows_) {
      reset(one);
    }
  }
  /// The counters survive, or are gone, or (a failover) are higher.
  void restart() {
    if (random_.one_in(2)) {
      context.during.postmaster_start = ++clock_;
    } else {
      context.during.system_identifier = ++clock_;
    }
    const auto how = random_.upto(2);
    for (auto& [key, one] : rows_) {
      if (how == 1) {
        reset(one);
      } else if (how == 2) {
        grow(one);
        grow(one);
      }
    }
  }

  dice& random_;
  std::map<std::uint64_t, row> rows_;
  std::int64_t clock_ = 1'700'000'000'000'000;
};

void random_reads(bool with_since) {
  dice random;
  server observed{random};
  observed.context.stats_reset = 1;
  naive_model model;
  entry_deltas deltas;
  const auto layout = layout_of(columns);
  const std::map<std::int64_t, std::string> names{
    {1, "one"}, {2, "two"}, {3, "three"}};
  observed.context.databases = &names;
  for (int cycle = 1; cycle < 1'500; ++cycle) {
    observed.live();
    observed.context.complete = !random.one_in(10);
    observed.context.time = wall_time{seconds{cycle * 10}};
    const auto rows = observed.read(observed.context.complete);
    auto said = model.absorb(rows, observed.context, with_since);
    const auto blocks =
      deltas.absorb(readings(rows, with_since), layout, observed.context);
    for (const auto& block : blocks) {
      const auto oid =
        std::find_if(names.begin(), names.end(), [&](const auto& name) {
          return name.second == block.database;
        });
      ASSERT_NE(oid, names.end());
      const auto& expected = said[oid->first];
      ASSERT_EQ(block.entries, expected.entries);
      ASSERT_EQ(block.gap || block.entries == 0,
                expected.gap || expected.entries == 0)
        << "cycle " << cycle;
      std::map<std::string, values> moved;
      for (const auto& one : block.moved) {
        ASSERT_EQ(one.unattributed, one.key.empty());
        ASSERT_TRUE(moved.emplace(one.key, one.deltas).second);
      }
      ASSERT_EQ(moved, expected.moved) << "cycle " << cycle;
    }
    for (const auto& [oid, expected] : said) {
      ASSERT_TRUE(
        std::any_of(blocks.begin(), blocks.end(), [&, id = oid](const auto& b) {
          return b.database == names.at(id);
        }));
    }
  }
  EXPECT_GT(deltas.gaps(), 50U);
}

TEST(entry_deltas, agree_with_a_naive_model_through_a_random_life) {
  random_reads(false);
}

TEST(entry_deltas, agree_with_a_naive_model_where_the_server_says_since) {
  random_reads(true);
}

row entry(std::uint64_t query, std::int64_t value, std::int64_t database = 1) {
  return {database, query, values(columns, value), 0, false};
}

struct bench {
  std::vector<entry_block> read(const std::vector<row>& rows) {
    context.time += seconds{10};
    return deltas.absorb(readings(rows, false), layout, context);
  }
  read_context context;
  entry_deltas deltas;
  std::shared_ptr<const block_layout> layout = layout_of(columns);
};

TEST(entry_deltas, a_standby_promoted_with_higher_counters_adds_nothing) {
  bench it;
  it.context.during = {1, 1};
  it.read({entry(1, 100), entry(2, 5)});
  it.context.during = {1, 2};
  const auto blocks = it.read({entry(1, 900), entry(3, 7)});
  ASSERT_EQ(blocks.size(), 1U);
  EXPECT_TRUE(blocks[0].gap);
  EXPECT_TRUE(blocks[0].moved.empty());
  EXPECT_EQ(it.deltas.gaps(), 2U);
  EXPECT_EQ(it.read({entry(1, 901), entry(3, 7)})[0].moved.at(0).deltas,
            values(columns, 1));
}

TEST(entry_deltas, a_database_that_is_gone_and_empty_is_forgotten) {
  bench it;
  std::map<std::int64_t, std::string> names{{1, "one"}, {2, "two"}};
  it.context.databases = &names;
  EXPECT_EQ(it.read({entry(1, 1, 1), entry(1, 1, 2)}).size(), 2U);
  const auto had = it.read({entry(1, 1, 1)});
  ASSERT_EQ(had.size(), 2U);
  EXPECT_EQ(had[1].entries, 0U);
  names.erase(2);
  EXPECT_EQ(it.read({entry(1, 1, 1)}).size(), 1U);
  EXPECT_EQ(it.read({entry(1, 1, 1), entry(9, 1, 2)}).size(), 2U);
}

TEST(entry_deltas, other_columns_than_before_make_a_first_read) {
  bench it;
  it.read({entry(1, 1)});
  auto other = std::make_shared<block_layout>(*it.layout);
  it.layout = std::make_shared<block_layout>(*it.layout);
  EXPECT_FALSE(it.read({entry(1, 2)})[0].gap);
  other->metrics[0].name = "another";
  it.layout = other;
  const auto blocks = it.read({entry(1, 3)});
  EXPECT_TRUE(blocks[0].gap);
  EXPECT_TRUE(blocks[0].moved.empty());
}

TEST(entry_deltas, an_empty_reading_between_two_is_an_eviction_of_all) {
  bench it;
  it.read({entry(1, 1)});
  it.read({});
  EXPECT_EQ(it.read({entry(1, 4)})[0].moved.at(0).deltas, values(columns, 4));
}

TEST(entry_deltas, a_cycle_without_stats_reset_does_not_look_like_a_reset) {
  bench it;
  it.context.stats_reset = 5;
  it.read({entry(1, 10)});
  it.context.stats_reset = 0;
  it.read({entry(1, 11)});
  it.context.stats_reset = 5;
  EXPECT_EQ(it.read({entry(1, 13)})[0].moved.at(0).deltas, values(columns, 2));
}

TEST(entry_deltas, keep_a_baseline_in_its_key_and_varints) {
  bench it;
  std::vector<row> rows;
  for (std::uint64_t i = 0; i < 5'000; ++i) {
    rows.push_back(entry(i, 100));
  }
  it.read(rows);
  it.read(rows);
  EXPECT_LE(it.deltas.bytes(), 5'000U * (16 + columns) * 5 / 4);
}

} // namespace
} // namespace pgmuster
