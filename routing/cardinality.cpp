// A cycle in order: add every delta where its entry belongs, send what moved or
// is due, check the sums, and only then change who belongs.
#include "routing/cardinality_cycle.hpp"
#include "routing/hash_order.hpp"
#include "routing/layout_match.hpp"
#include "routing/packed_numbers.hpp"
#include "routing/refresh.hpp"
#include "routing/tight_bytes.hpp"

#include <algorithm>
#include <iterator>
#include <limits>
#include <utility>

namespace pgmuster {

namespace {

constexpr std::size_t bits_bytes(std::size_t columns) noexcept {
  return (columns + 7) / 8;
}

std::vector<std::string> parted(std::string_view joined) {
  std::vector<std::string> made;
  made.reserve(std::size(entry_series_keys));
  for (std::size_t end = 0; !joined.empty(); joined.remove_prefix(end + 1)) {
    end = joined.find('\0');
    made.emplace_back(joined.substr(0, end));
  }
  return made;
}

/// What is added up has a database, and `what` in place of a fingerprint.
std::vector<std::string> names_without_shape(const entry_block& read,
                                             const char* what) {
  const auto& keys = read.layout->keys;
  std::vector<std::string> made(
    std::max(keys.size(), entry_fingerprint_key + 1));
  const auto shape = std::find(keys.begin(), keys.end(), query_fingerprint_key);
  made.front() = read.database;
  made[shape == keys.end() ? entry_fingerprint_key
                           : static_cast<std::size_t>(shape - keys.begin())] =
    what;
  return made;
}

} // namespace

/// Valid until the next call.
const std::vector<std::int64_t>&
accumulated_family::cycle::totals_of(const series& one) {
  unpacked_.assign(columns_, 0);
  if (const auto packed = packed_of(one); !packed.empty()) {
    get_numbers(packed.data() + bits_bytes(columns_), unpacked_);
  }
  return unpacked_;
}

std::vector<bool> accumulated_family::cycle::fresh_of(const series& one) const {
  std::vector<bool> fresh(columns_);
  const auto packed = packed_of(one);
  for (std::size_t c = 0; c < columns_ && !packed.empty(); ++c) {
    fresh[c] =
      (unsigned{static_cast<unsigned char>(packed[c / 8])} >> c % 8 & 1U) != 0;
  }
  return fresh;
}

void accumulated_family::cycle::keep(series& of,
                                     const std::vector<bool>& fresh,
                                     const std::vector<std::int64_t>& totals) {
  packing_.assign(bits_bytes(columns_) + packed_bytes_max(columns_), '\0');
  for (std::size_t c = 0; c < columns_; ++c) {
    const unsigned byte = static_cast<unsigned char>(packing_[c / 8]);
    packing_[c / 8] = static_cast<char>(byte | unsigned{fresh[c]} << c % 8);
  }
  const auto* const end =
    put_numbers(packing_.data() + bits_bytes(columns_), totals);
  const std::string_view made{packing_.data(),
                              static_cast<std::size_t>(end - packing_.data())};
  if (made.size() > of.packed_length) {
    const auto at = bytes_.size();
    bytes_.append(bytes_, of.at, of.names_length)
      .resize(at + of.names_length + made.size());
    of.at = static_cast<std::uint32_t>(at);
  }
  std::copy(made.begin(), made.end(), bytes_.begin() + of.at + of.names_length);
  of.packed_length = static_cast<std::uint32_t>(made.size());
}

const std::vector<std::int64_t>*
accumulated_family::cycle::moved_of(const series& one) const {
  const auto found = moved_.find(&one);
  return found == moved_.end() ? nullptr : &found->second;
}

void accumulated_family::cycle::put(const series& of,
                                    wall_time time,
                                    const std::vector<bool>& which,
                                    const std::vector<std::int64_t>& totals) {
  const auto cells = std::count(which.begin(), which.end(), true);
  if (cells == 0) {
    return;
  }
  cells_ += static_cast<std::uint64_t>(cells);
  auto& row = outcome_.block.rows.emplace_back();
  row.values_of_keys = parted(names_of(of));
  row.values.resize(columns_);
  for (std::size_t c = 0; c < columns_; ++c) {
    if (which[c]) {
      row.values[c] = number::of(totals[c]);
    }
  }
  row.start = of.start;
  row.time = time;
}

void accumulated_family::cycle::emit(series& of,
                                     wall_time time,
                                     const std::vector<bool>& which,
                                     const std::vector<std::int64_t>& totals) {
  put(of, time, which, totals);
  of.sent = time;
  keep(of, which, totals);
}

void accumulated_family::cycle::emit_all(series& of, wall_time time) {
  emit(of, time, std::vector<bool>(columns_, true), totals_of(of));
  of.refreshed = time;
}

/// Columns that are about to move and were not in a row of the previous read.
void accumulated_family::cycle::emit_held(
  const series& of,
  const std::vector<std::int64_t>& moved) {
  if (read_.previous >= now_) {
    return;
  }
  const auto fresh = fresh_of(of);
  std::vector<bool> held(columns_);
  for (std::size_t c = 0; c < columns_; ++c) {
    held[c] = moved[c] != 0 && (of.sent < read_.previous || !fresh[c]);
  }
  put(of, read_.previous, held, totals_of(of));
}

/// Its first 0 is at the previous read, if this cycle's deltas are to follow.
void accumulated_family::cycle::begin_series(
  series& made,
  const std::vector<std::string>& names) {
  made.at = static_cast<std::uint32_t>(bytes_.size());
  for (const auto& name : names) {
    (bytes_ += name) += '\0';
  }
  made.names_length = static_cast<std::uint32_t>(bytes_.size()) - made.at;
  made.packed_length = 0;
  made.start =
    moved_of(made) != nullptr && previous_is_usable() ? read_.previous : now_;
  emit_all(made, made.start);
}

/// A probe with other columns than before begins anew.
void accumulated_family::cycle::start() {
  outcome_.block.layout = read_.layout;
  expected_.resize(columns_);
  grown_.resize(columns_);
  if (!same_columns(family_.layout_, read_.layout)) {
    family_.members_.clear();
    family_.kept_.clear();
    family_.bytes_.clear();
    family_.other_ = {};
    family_.unattributed_ = {};
    family_.started_ = false;
  }
  family_.layout_ = read_.layout;
  bytes_ = family_.bytes_;
}

/// What is held until the next read, without gaps.
void accumulated_family::cycle::hold() {
  std::string whole;
  whole.reserve(bytes_.size());
  const auto take = [&](series& one) {
    const auto at = whole.size();
    whole.append(bytes_, one.at, one.names_length + one.packed_length);
    one.at = static_cast<std::uint32_t>(at);
  };
  std::for_each(family_.kept_.begin(), family_.kept_.end(), take);
  take(family_.other_);
  take(family_.unattributed_);
  hold_tightly(family_.bytes_, whole);
}

accumulated_family::series*
accumulated_family::find(std::uint64_t hash) noexcept {
  const auto found = place_of(kept_.begin(), kept_.end(), hash);
  return found != kept_.end() && found->hash == hash ? &*found : nullptr;
}

void accumulated_family::cycle::add(const entry_delta& entry) {
  series* into = &family_.other_;
  if (entry.unattributed) {
    into = &family_.unattributed_;
  } else if (!entry.series.empty()) {
    const auto hash = hash_of_series(entry.series);
    if (auto* const known = family_.find(hash)) {
      into = known;
      family_.members_.add(hash, rank(entry));
    } else {
      auto& seen = newcomers_[hash];
      seen.ranked += rank(entry);
      if (read_.counted_by && *read_.counted_by < entry.deltas.size()) {
        seen.counted += static_cast<double>(entry.deltas[*read_.counted_by]);
      }
      seen.entry = &entry;
    }
  }
  if (columns_ == 0) {
    return;
  }
  const bool kept = into != &family_.other_ && into != &family_.unattributed_;
  auto& moved = moved_[into];
  const bool first = moved.empty();
  // What becomes of a kept series' first entry is known when it is settled.
  outcome_.went.folded += kept && first ? 0 : columns_;
  moved.resize(columns_);
  for (std::size_t c = 0; c < entry.deltas.size(); ++c) {
    if (c < columns_) {
      moved[c] = wrapping_add(moved[c], entry.deltas[c]);
    }
    expected_[std::min(c, columns_ - 1)] +=
      static_cast<std::uint64_t>(entry.deltas[c]);
  }
}

/// Adds what moved and emits what is to be sent of one series; returns how many
/// of its columns are in the row of now. `begun`: its first 0 is in this block.
std::uint64_t
accumulated_family::cycle::settle(series& of, std::uint64_t hash, bool begun) {
  const bool all =
    of.owed
    || due_for_refresh(now_ - of.refreshed, now_ - family_.last_,
                       limits_.refresh_after, hash ^ phase_hash_);
  const auto* const moved = moved_of(of);
  if (moved == nullptr && !all) {
    return 0;
  }
  if (moved != nullptr) {
    emit_held(of, *moved);
  }
  std::vector<bool> which(columns_, all);
  const auto before = totals_of(of);
  auto totals = before;
  for (std::size_t c = 0; moved != nullptr && c < columns_; ++c) {
    which[c] = which[c] || (*moved)[c] != 0;
    totals[c] = wrapping_add(totals[c], (*moved)[c]);
  }
  of.owed = moved != nullptr && begun && of.start == now_;
  if (of.owed) {
    keep(of, fresh_of(of), totals);
    note_growth(of, before);
    return 0;
  }
  of.refreshed = all ? now_ : of.refreshed;
  const auto cells = std::count(which.begin(), which.end(), true);
  emit(of, now_, which, totals);
  note_growth(of, before);
  return static_cast<std::uint64_t>(cells);
}

void accumulated_family::cycle::settle_kept(series& of) {
  const bool seen = moved_of(of) != nullptr;
  const auto cells = settle(of, of.hash);
  if (seen) {
    outcome_.went.passed += cells;
    outcome_.went.unchanged += columns_ - cells;
  }
}

/// By what is kept of it now, not by what was added.
void accumulated_family::cycle::note_growth(
  const series& of,
  const std::vector<std::int64_t>& before) {
  const auto& after = totals_of(of);
  for (std::size_t c = 0; c < columns_; ++c) {
    grown_[c] += static_cast<std::uint64_t>(after[c])
                 - static_cast<std::uint64_t>(before[c]);
  }
}

accumulation_outcome accumulated_family::cycle::run() {
  start();
  family_.members_.decay(limits_.decay);
  for (const auto& entry : read_.moved) {
    add(entry);
  }
  const bool first = !std::exchange(family_.started_, true);
  if (first) {
    begin_series(family_.other_, names_without_shape(read_, "other"));
  }
  auto& nameless = family_.unattributed_;
  const bool appeared =
    moved_of(nameless) != nullptr && nameless.names_length == 0;
  if (appeared) {
    begin_series(nameless, names_without_shape(read_, "unattributed"));
  }
  for (auto& one : family_.kept_) {
    settle_kept(one);
  }
  settle(family_.other_, hash_of_series(read_.database), first);
  if (nameless.names_length != 0) {
    settle(nameless, hash_of_series(read_.database) + 1, appeared);
  }
  for (std::size_t c = 0; c < columns_; ++c) {
    outcome_.violations += grown_[c] != expected_[c] ? 1U : 0U;
  }
  // A new member may come to lie where one was that has just gone.
  moved_.clear();
  choose_members();
  hold();
  family_.last_ = now_;
  outcome_.made = cells_ - outcome_.went.passed;
  return std::move(outcome_);
}

accumulation_outcome
accumulated_family::absorb(const entry_block& read,
                           const cardinality_limits& limits,
                           wall_time now,
                           std::uint64_t phase_hash) {
  return cycle{*this, read, limits, now, phase_hash}.run();
}

std::size_t accumulated_family::bytes() const noexcept {
  return kept_.capacity() * sizeof(series) + bytes_.capacity()
         + members_.bytes();
}

} // namespace pgmuster
