// An entry adds what it grew by, or all of it, or nothing that can be known.
#include "routing/entry_deltas.hpp"

#include "config/free_capacity.hpp"
#include "routing/entry_match.hpp"
#include "routing/layout_match.hpp"
#include "routing/varint.hpp"

#include <algorithm>
#include <cassert>
#include <unordered_map>

namespace pgmuster {

namespace {

/// Packing works in a place that fits the largest entry of usual probes.
constexpr std::size_t room_for_one = 512;

} // namespace

std::uint64_t number_of(const incarnation& of) noexcept {
  const auto mixed = (static_cast<std::uint64_t>(of.system_identifier)
                      ^ static_cast<std::uint64_t>(of.postmaster_start))
                     * 0x9E3779B97F4A7C15ULL;
  const auto folded = mixed ^ (mixed >> 32U);
  return folded != 0 ? folded : 1;
}

/// One read against its predecessor.
class entry_deltas::difference {
public:
  enum class verdict : std::uint8_t {
    /// Compare with the baseline.
    differences,
    /// Everything was reset after the previous read: values are deltas.
    values,
    /// Nothing is known of what came before.
    nothing
  };

  difference(entry_deltas& state, entry_match& match, verdict rule)
    : state_(state),
      match_(match),
      rule_(rule),
      absent_counts_(rule == verdict::values
                     || (rule == verdict::differences && state.complete_)) {}

  std::vector<entry_block> run(const read_context& context,
                               const std::shared_ptr<const block_layout>& of);

private:
  void make_blocks(const read_context& context,
                   const std::shared_ptr<const block_layout>& layout);
  void take(const matched_entry& one);
  void leave(const matched_entry& run);
  void doubt(const matched_entry& run);
  [[nodiscard]] std::size_t number_for(std::int64_t database);
  void subtract(const char* before, const entry_reading& now);
  void take_unattributed();
  void report(entry_block& into, std::string key, bool unattributed);

  entry_deltas& state_;
  entry_match& match_;
  verdict rule_;
  /// A missing baseline means 0, not unknown.
  bool absent_counts_;
  std::vector<entry_block> blocks_;
  std::unordered_map<std::int64_t, std::uint32_t> block_of_;
  /// The deltas of the entry at hand.
  std::vector<std::int64_t> deltas_;
  entry_reading before_;
  std::string fresh_;
  bool renumbers_ = false;
  std::vector<std::int64_t> numbered_before_;
};

void entry_deltas::difference::make_blocks(
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
    const auto rows = match_.rows_of.find(oid);
    blocks_[slot->second].entries +=
      rows == match_.rows_of.end() ? 0 : rows->second;
  }
}

void entry_deltas::difference::take(const matched_entry& one) {
  if (one.unmoved_until != nullptr) {
    leave(one);
    return;
  }
  const auto& now = match_.decoded[one.now];
  baseline::pack(fresh_, match_.key_hashes[one.now], number_for(now.database),
                 now, state_.shape_);
  auto& into = blocks_[block_of_.at(now.database)];
  if (rule_ == verdict::differences && one.before != nullptr) {
    subtract(one.before, now);
    report(into, now.key, false);
  } else if (absent_counts_) {
    deltas_ = now.values;
    report(into, now.key, false);
  } else {
    into.gap = true;
  }
}

void entry_deltas::difference::leave(const matched_entry& run) {
  if (renumbers_) {
    for (const char* at = run.before; at != run.unmoved_until;) {
      const baseline one{at};
      one.copy(fresh_, number_for(numbered_before_[one.database()]));
      at = one.end();
    }
  } else {
    fresh_.append(run.before, run.unmoved_until);
  }
  if (rule_ == verdict::values) {
    doubt(run);
  }
}

/// Everything was reset, and then an entry came to be as it was, to the last
/// bit of the time it took? What it did is not known.
void entry_deltas::difference::doubt(const matched_entry& run) {
  for (const char* at = run.before; at != run.unmoved_until;) {
    const baseline one{at};
    const auto& numbered = renumbers_ ? numbered_before_ : state_.numbered_;
    blocks_[block_of_.at(numbered[one.database()])].gap = true;
    at = one.end();
  }
}

/// The number that baselines have for a database.
std::size_t entry_deltas::difference::number_for(std::int64_t database) {
  auto& all = state_.numbered_;
  const auto found = std::find(all.begin(), all.end(), database);
  if (found == all.end()) {
    all.push_back(database);
    return all.size() - 1;
  }
  return static_cast<std::size_t>(found - all.begin());
}

void entry_deltas::difference::subtract(const char* before,
                                        const entry_reading& now) {
  baseline{before}.unpack(state_.shape_, before_);
  bool reset = state_.shape_.with_since && before_.since != now.since;
  deltas_ = now.values;
  for (std::size_t c = 0; c < deltas_.size(); ++c) {
    reset = reset || deltas_[c] < before_.values[c];
    deltas_[c] = wrapping_subtract(deltas_[c], before_.values[c]);
  }
  if (reset) {
    deltas_ = now.values;
  }
}

/// Lists the deltas at hand if there are any.
void entry_deltas::difference::report(entry_block& into,
                                      std::string key,
                                      bool unattributed) {
  if (std::all_of(deltas_.begin(), deltas_.end(),
                  [](std::int64_t delta) { return delta == 0; })) {
    return;
  }
  auto& made = into.moved.emplace_back();
  made.key = std::move(key);
  made.deltas = deltas_;
  made.unattributed = unattributed;
}

/// Which rows add into such a sum is unknown: a fall says nothing, and rows
/// that an incomplete read missed would look like growth.
void entry_deltas::difference::take_unattributed() {
  for (const auto& [oid, sum] : match_.unattributed) {
    auto& into = blocks_[block_of_.at(oid)];
    deltas_ = sum;
    const auto before = state_.unattributed_.find(oid);
    bool known = absent_counts_;
    if (rule_ == verdict::differences && before != state_.unattributed_.end()) {
      for (std::size_t c = 0; c < deltas_.size(); ++c) {
        known = known && deltas_[c] >= before->second[c];
        deltas_[c] = wrapping_subtract(deltas_[c], before->second[c]);
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
entry_deltas::difference::run(const read_context& context,
                              const std::shared_ptr<const block_layout>& of) {
  make_blocks(context, of);
  // Databases come and go.
  renumbers_ = state_.numbered_.size() > 2 * state_.databases_.size();
  if (renumbers_) {
    numbered_before_ = std::exchange(state_.numbered_, {});
  }
  fresh_.reserve(state_.packed_.size() + state_.packed_.size() / 16
                 + room_for_one);
  for (const auto& one : match_.entries) {
    take(one);
  }
  take_unattributed();
  if (fresh_.capacity() - fresh_.size() > fresh_.size() / 4) {
    fresh_.shrink_to_fit();
  }
  state_.packed_.swap(fresh_);
  state_.unattributed_.swap(match_.unattributed);
  return std::move(blocks_);
}

bool entry_deltas::continues(const entry_shape& shape,
                             const std::shared_ptr<const block_layout>& layout,
                             const read_context& context) const noexcept {
  return read_before_ && during_ == context.during
         && of_same_columns(shape, layout);
}

bool entry_deltas::of_same_columns(
  const entry_shape& shape,
  const std::shared_ptr<const block_layout>& layout) const noexcept {
  return shape_ == shape && same_columns(layout_, layout);
}

std::vector<std::int64_t>
entry_deltas::known(const std::shared_ptr<const block_layout>& layout) {
  std::vector<std::int64_t> made;
  told_ = false;
  if (!same_columns(layout_, layout)) {
    return made;
  }
  for (const char* at = packed_.data();
       at != packed_.data() + packed_.size();) {
    const baseline one{at};
    if (one.digest() != 0) {
      made.push_back(one.digest());
    }
    at = one.end();
  }
  told_ = !made.empty();
  return made;
}

void entry_deltas::note_databases(const std::set<std::int64_t>& present,
                                  const read_context& context) {
  if (context.databases != nullptr) {
    std::erase_if(databases_, [&](std::int64_t oid) {
      return context.databases->count(oid) == 0;
    });
  }
  databases_.insert(present.begin(), present.end());
}

std::vector<entry_block>
entry_deltas::absorb(entry_source& read,
                     const std::shared_ptr<const block_layout>& layout,
                     const read_context& context) {
  auto rule = difference::verdict::differences;
  const bool left_out = std::exchange(told_, false) && read.by_digest();
  // What was left out is not known any more: it will be sent as if it were new.
  const bool forgotten = left_out && !of_same_columns(read.shape(), layout);
  if (!continues(read.shape(), layout, context)) {
    rule = difference::verdict::nothing;
    if (!of_same_columns(read.shape(), layout)) {
      packed_.clear();
      numbered_.clear();
    }
    unattributed_.clear();
    stats_reset_ = 0;
  } else if (context.stats_reset != 0 && stats_reset_ != 0
             && context.stats_reset != stats_reset_) {
    // The previous read may have been after it, if that did not know.
    rule =
      reset_known_ ? difference::verdict::values : difference::verdict::nothing;
  }
  shape_ = read.shape();
  layout_ = layout;
  auto match = match_entries(packed_, numbered_, read, left_out);
  std::set<std::int64_t> present;
  for (const auto& [database, rows] : match.rows_of) {
    present.insert(database);
  }
  note_databases(present, context);
  auto blocks = difference{*this, match, rule}.run(context, layout);
  during_ = context.during;
  // A cycle that could not read it does not make the next one a reset.
  stats_reset_ = context.stats_reset != 0 ? context.stats_reset : stats_reset_;
  reset_known_ = context.stats_reset != 0;
  previous_ = context.time;
  complete_ = context.complete && !forgotten;
  read_before_ = true;
  const bool unknown = rule == difference::verdict::nothing
                       || std::any_of(blocks.begin(), blocks.end(),
                                      [](const auto& one) { return one.gap; });
  gaps_ += unknown ? 1 : 0;
  return blocks;
}

void entry_deltas::forget() noexcept {
  free_capacity(packed_);
  numbered_.clear();
  unattributed_.clear();
  databases_.clear();
  layout_ = nullptr;
  stats_reset_ = 0;
  reset_known_ = false;
  previous_ = {};
  complete_ = false;
  read_before_ = false;
}

} // namespace pgmuster
