// Slots are reused last in, first out: the table stays as small as its peak.
#include "drivers/reactor/watch_table.hpp"

#include <utility>

namespace pgmuster {

watch_token watch_table::reserve() {
  const std::lock_guard lock{mutex_};
  std::uint32_t slot = 0;
  if (free_.empty()) {
    slot = static_cast<std::uint32_t>(generations_.size());
    // Generation 0 is never given out, so that a default token is stale.
    generations_.push_back(1);
  } else {
    slot = free_.back();
    free_.pop_back();
  }
  size_.fetch_add(1, std::memory_order_relaxed);
  return {slot, generations_[slot]};
}

void watch_table::give_back(watch_token token) {
  const std::lock_guard lock{mutex_};
  auto& generation = generations_[token.slot];
  if (++generation == 0) {
    generation = 1;
  }
  free_.push_back(token.slot);
  size_.fetch_sub(1, std::memory_order_relaxed);
}

watch_entry& watch_table::insert(watch_token token) {
  if (token.slot >= entries_.size()) {
    entries_.resize(token.slot + std::size_t{1});
  }
  auto& entry = entries_[token.slot];
  entry.generation = token.generation;
  return entry;
}

watch_entry* watch_table::find(watch_token token) noexcept {
  if (token.slot >= entries_.size() || token.generation == 0
      || entries_[token.slot].generation != token.generation) {
    return nullptr;
  }
  return &entries_[token.slot];
}

watch_entry watch_table::erase(std::uint32_t slot) {
  auto entry = std::exchange(entries_[slot], watch_entry{});
  give_back({slot, entry.generation});
  return entry;
}

} // namespace pgmuster
