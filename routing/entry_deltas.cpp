// Walks the sorted baselines and the sorted reading once, side by side. An
// entry that did not move has the very bytes of its baseline, so that only the
// moved ones are decoded.
#include "routing/entry_deltas.hpp"

#include "routing/layout_match.hpp"
#include "routing/varint.hpp"

#include <xxhash.h>

#include <algorithm>
#include <cassert>
#include <cstring>
#include <unordered_map>

namespace pgmuster {

/// One read against its predecessor.
class entry_deltas::merge {
public:
  enum class verdict : std::uint8_t {
    /// Compare with the baseline.
    differences,
    /// Everything was reset after the previous read: values are deltas.
    values,
    /// Nothing is known of what came before.
    nothing
  };

  merge(entry_deltas& state, const entry_readings& read, verdict rule)
    : state_(state),
      read_(read),
      rule_(rule),
      absent_counts_(rule == verdict::values
                     || (rule == verdict::differences && state.complete_)),
      old_(state.packed_.data()),
      old_end_(old_ + state.packed_.size()),
      row_(read.columns) {}

  std::vector<entry_block> run(const read_context& context,
                               const std::shared_ptr<const block_layout>& of);

private:
  struct ordered {
    std::uint64_t hash;
    std::uint32_t entry;
  };

  void make_blocks(const read_context& context,
                   const std::shared_ptr<const block_layout>& layout);
  void assign_and_sort();
  void take_equal_keys(std::size_t& next);
  void merge_entry(const ordered& which);
  bool seek_baseline(const ordered& which);
  void
  difference(entry_block& into, const ordered& which, const char* new_values);
  void merge_unattributed();
  void report(entry_block& into, std::string key, bool unattributed);
  void pass_baseline() noexcept;
  char* write_row(char* to, std::int64_t since) noexcept;
  [[nodiscard]] std::size_t row_bytes_max() const noexcept {
    return read_.key_width + (read_.columns + 1) * varint_bytes_max;
  }
  [[nodiscard]] std::string_view old_key() const noexcept {
    return {old_, read_.key_width};
  }
  [[nodiscard]] std::uint64_t old_hash() noexcept {
    if (!hashed_) {
      old_hash_ = XXH3_64bits(old_, read_.key_width);
      hashed_ = true;
    }
    return old_hash_;
  }

  entry_deltas& state_;
  const entry_readings& read_;
  verdict rule_;
  /// A missing baseline means 0, not unknown.
  bool absent_counts_;
  const char* old_;
  const char* old_end_;
  std::uint64_t old_hash_ = 0;
  bool hashed_ = false;
  std::vector<entry_block> blocks_;
  std::unordered_map<std::int64_t, std::uint32_t> block_of_;
  std::vector<std::uint32_t> slots_;
  std::vector<ordered> order_;
  std::map<std::int64_t, std::vector<std::int64_t>> nameless_;
  /// The values of the entry at hand, then its deltas.
  std::vector<std::int64_t> row_;
  std::string fresh_;
};

void entry_deltas::merge::make_blocks(
  const read_context& context,
  const std::shared_ptr<const block_layout>& layout) {
  std::map<std::string, std::uint32_t> by_name;
  for (const auto oid : state_.databases_) {
    std::string name;
    if (context.databases != nullptr) {
      const auto known = context.databases->find(oid);
      name = known == context.databases->end() ? "" : known->second;
    }
    const auto [slot, is_new] =
      by_name.try_emplace(name, static_cast<std::uint32_t>(blocks_.size()));
    if (is_new) {
      auto& made = blocks_.emplace_back();
      made.layout = layout;
      made.database = name;
      made.previous = state_.previous_;
      made.gap = rule_ == verdict::nothing;
    }
    block_of_[oid] = slot->second;
  }
}

void entry_deltas::merge::assign_and_sort() {
  slots_.resize(read_.count);
  order_.reserve(read_.count);
  std::int64_t last_oid = 0;
  const std::uint32_t* slot = nullptr;
  for (std::size_t i = 0; i < read_.count; ++i) {
    const auto oid = read_.database_oids.empty() ? 0 : read_.database_oids[i];
    if (slot == nullptr || oid != last_oid) {
      slot = &block_of_.at(oid);
      last_oid = oid;
    }
    slots_[i] = *slot;
    ++blocks_[*slot].entries;
    if (!read_.unattributed.empty() && read_.unattributed[i] != 0) {
      auto& sum = nameless_[oid];
      sum.resize(read_.columns);
      for (std::size_t c = 0; c < read_.columns; ++c) {
        sum[c] = wrapping_add(sum[c], read_.values[i * read_.columns + c]);
      }
      continue;
    }
    order_.push_back({XXH3_64bits(read_.key(i).data(), read_.key_width),
                      static_cast<std::uint32_t>(i)});
  }
  std::sort(order_.begin(), order_.end(),
            [this](const ordered& one, const ordered& other) {
              return one.hash != other.hash
                       ? one.hash < other.hash
                       : read_.key(one.entry) < read_.key(other.entry);
            });
}

/// Rows of equal key (no view has them, a custom probe might) are one entry.
void entry_deltas::merge::take_equal_keys(std::size_t& next) {
  const auto& first = order_[next];
  const auto* values = read_.values.data() + first.entry * read_.columns;
  std::copy_n(values, read_.columns, row_.begin());
  for (++next; next < order_.size() && order_[next].hash == first.hash
               && read_.key(order_[next].entry) == read_.key(first.entry);
       ++next) {
    values = read_.values.data() + order_[next].entry * read_.columns;
    for (std::size_t c = 0; c < read_.columns; ++c) {
      row_[c] = wrapping_add(row_[c], values[c]);
    }
  }
}

void entry_deltas::merge::pass_baseline() noexcept {
  old_ += read_.key_width;
  for (std::size_t c = 0; c < read_.columns + (state_.with_since_ ? 1 : 0);
       ++c) {
    old_ = skip_varint(old_);
  }
  hashed_ = false;
}

/// Baselines before this entry belong to entries that the server evicted.
bool entry_deltas::merge::seek_baseline(const ordered& which) {
  while (old_ != old_end_) {
    const auto hash = old_hash();
    const auto key = read_.key(which.entry);
    if (hash == which.hash && old_key() == key) {
      return true;
    }
    if (hash > which.hash || (hash == which.hash && old_key() > key)) {
      return false;
    }
    pass_baseline();
  }
  return false;
}

char* entry_deltas::merge::write_row(char* to, std::int64_t since) noexcept {
  for (const auto value : row_) {
    to = put_varint(to, static_cast<std::uint64_t>(value));
  }
  return state_.with_since_ ? put_varint(to, static_cast<std::uint64_t>(since))
                            : to;
}

void entry_deltas::merge::merge_entry(const ordered& which) {
  const auto start = fresh_.size();
  fresh_.resize(start + row_bytes_max());
  char* const at = fresh_.data() + start;
  std::memcpy(at, read_.key(which.entry).data(), read_.key_width);
  const auto since = read_.since.empty() ? 0 : read_.since[which.entry];
  const char* const end = write_row(at + read_.key_width, since);
  const auto length = static_cast<std::size_t>(end - at);
  fresh_.resize(start + length);

  auto& into = blocks_[slots_[which.entry]];
  const bool has_baseline = seek_baseline(which);
  if (rule_ == verdict::differences && has_baseline) {
    // Varints end themselves: equal bytes over this length are equal values.
    if (static_cast<std::size_t>(old_end_ - old_) >= length
        && std::memcmp(old_, at, length) == 0) {
      old_ += length;
      hashed_ = false;
      return;
    }
    difference(into, which, old_ + read_.key_width);
  } else if (!absent_counts_) {
    into.gap = true;
  } else {
    report(into, std::string{read_.key(which.entry)}, false);
  }
  if (has_baseline) {
    pass_baseline();
  }
}

void entry_deltas::merge::difference(entry_block& into,
                                     const ordered& which,
                                     const char* baseline) {
  std::vector<std::int64_t> deltas(read_.columns);
  bool reset = false;
  for (std::size_t c = 0; c < read_.columns; ++c) {
    std::uint64_t before = 0;
    baseline = get_varint(baseline, before);
    const auto was = static_cast<std::int64_t>(before);
    reset = reset || row_[c] < was;
    deltas[c] = wrapping_subtract(row_[c], was);
  }
  if (state_.with_since_) {
    std::uint64_t since = 0;
    get_varint(baseline, since);
    reset =
      reset || static_cast<std::int64_t>(since) != read_.since[which.entry];
  }
  if (!reset) {
    row_.swap(deltas);
  }
  report(into, std::string{read_.key(which.entry)}, false);
}

/// Lists the deltas in `row_` if there are any.
void entry_deltas::merge::report(entry_block& into,
                                 std::string key,
                                 bool unattributed) {
  if (std::all_of(row_.begin(), row_.end(),
                  [](std::int64_t delta) { return delta == 0; })) {
    return;
  }
  auto& made = into.moved.emplace_back();
  made.key = std::move(key);
  made.deltas = row_;
  made.unattributed = unattributed;
}

/// Which rows add into such a sum is unknown: a fall says nothing, and rows
/// that an incomplete read missed would look like growth.
void entry_deltas::merge::merge_unattributed() {
  for (const auto& [oid, sum] : nameless_) {
    auto& into = blocks_[block_of_.at(oid)];
    row_ = sum;
    const auto before = state_.unattributed_.find(oid);
    bool known = absent_counts_;
    if (rule_ == verdict::differences && before != state_.unattributed_.end()) {
      for (std::size_t c = 0; c < read_.columns; ++c) {
        known = known && row_[c] >= before->second[c];
        row_[c] = wrapping_subtract(row_[c], before->second[c]);
      }
    }
    if (known) {
      report(into, {}, true);
    } else {
      into.gap = true;
    }
  }
}

std::vector<entry_block>
entry_deltas::merge::run(const read_context& context,
                         const std::shared_ptr<const block_layout>& of) {
  make_blocks(context, of);
  assign_and_sort();
  fresh_.reserve(state_.packed_.size() + state_.packed_.size() / 16
                 + row_bytes_max());
  for (std::size_t next = 0; next < order_.size();) {
    const auto which = order_[next];
    take_equal_keys(next);
    merge_entry(which);
  }
  merge_unattributed();
  if (fresh_.capacity() - fresh_.size() > fresh_.size() / 4) {
    fresh_.shrink_to_fit();
  }
  state_.packed_.swap(fresh_);
  state_.unattributed_.swap(nameless_);
  return std::move(blocks_);
}

bool entry_deltas::continues(const entry_readings& read,
                             const std::shared_ptr<const block_layout>& layout,
                             const read_context& context) const noexcept {
  // An empty reading does not show its key's width or whether it has `since`.
  const bool same_shape =
    packed_.empty() || read.count == 0
    || (key_width_ == read.key_width && with_since_ == !read.since.empty());
  return read_before_ && during_ == context.during && same_shape
         && columns_ == read.columns && same_columns(layout_, layout);
}

void entry_deltas::note_databases(const entry_readings& read,
                                  const read_context& context) {
  std::set<std::int64_t> present;
  for (std::size_t i = 0; i < read.count; ++i) {
    const auto oid = read.database_oids.empty() ? 0 : read.database_oids[i];
    if (i == 0
        || (!read.database_oids.empty() && oid != read.database_oids[i - 1])) {
      present.insert(oid);
    }
  }
  if (context.databases != nullptr) {
    std::erase_if(databases_, [&](std::int64_t oid) {
      return context.databases->count(oid) == 0;
    });
  }
  databases_.merge(present);
}

std::vector<entry_block>
entry_deltas::absorb(const entry_readings& read,
                     const std::shared_ptr<const block_layout>& layout,
                     const read_context& context) {
  assert(read.values.size() == read.count * read.columns);
  auto rule = merge::verdict::differences;
  if (!continues(read, layout, context)) {
    rule = merge::verdict::nothing;
    packed_.clear();
    unattributed_.clear();
    stats_reset_ = 0;
  } else if (context.stats_reset != 0 && stats_reset_ != 0
             && context.stats_reset != stats_reset_) {
    rule = merge::verdict::values;
  }
  key_width_ = read.key_width;
  columns_ = read.columns;
  with_since_ = !read.since.empty();
  layout_ = layout;
  note_databases(read, context);
  auto blocks = merge{*this, read, rule}.run(context, layout);
  during_ = context.during;
  // A cycle that could not read it does not make the next one a reset.
  stats_reset_ = context.stats_reset != 0 ? context.stats_reset : stats_reset_;
  previous_ = context.time;
  complete_ = context.complete;
  read_before_ = true;
  const bool unknown = rule == merge::verdict::nothing
                       || std::any_of(blocks.begin(), blocks.end(),
                                      [](const auto& one) { return one.gap; });
  gaps_ += unknown ? 1 : 0;
  return blocks;
}

void entry_deltas::forget() noexcept {
  packed_ = {};
  unattributed_.clear();
  databases_.clear();
  layout_ = nullptr;
  stats_reset_ = 0;
  previous_ = {};
  complete_ = false;
  read_before_ = false;
}

} // namespace pgmuster
