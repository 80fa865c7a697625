// What a read adds agrees with a naive model of SEMANTICS §2, and with
// what a simulated server really added wherever that can be known.
#include "routing/entry_deltas.hpp"
#include "tests/routing/entry_rows.hpp"
#include "tests/routing/random_source.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <string>
#include <tuple>

namespace pgmuster {
namespace {

using testing_routing::columns;
using testing_routing::dice;
using testing_routing::layout_of;
using testing_routing::row;
using testing_routing::sent_rows;
using testing_routing::values;

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
    // Mostly a server keeps its order.
    for (std::size_t i = random_.one_in(4) ? seen.size() : 1; i > 1; --i) {
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

void random_reads(bool with_since, bool by_digest) {
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
    std::optional<std::vector<std::int64_t>> known;
    if (by_digest) {
      known = deltas.known(layout);
    }
    sent_rows sent{rows, with_since, known};
    const auto blocks = deltas.absorb(sent, layout, observed.context);
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
  random_reads(false, false);
}

TEST(entry_deltas, agree_with_a_naive_model_where_the_server_says_since) {
  random_reads(true, false);
}

TEST(entry_deltas, agree_with_a_naive_model_where_digests_are_told) {
  random_reads(false, true);
}

TEST(entry_deltas, agree_with_a_naive_model_by_digests_and_since) {
  random_reads(true, true);
}

} // namespace
} // namespace pgmuster
