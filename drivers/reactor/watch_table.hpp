// Who is watched: tokens are given out on any thread, entries belong to the
// loop's thread alone.
#pragma once

#include "drivers/reactor/poll_backend.hpp"

#include <atomic>
#include <cstddef>
#include <functional>
#include <mutex>
#include <vector>

namespace pgmuster {

struct watch_entry {
  /// The generation in force; 0 while the slot is empty.
  std::uint32_t generation = 0;
  int descriptor = -1;
  /// The owner waits for `on_ready`.
  bool armed = false;
  /// A poll is being taken back: to replace its interest, or for good.
  bool ending = false;
  /// Completions that the backend still owes.
  unsigned owed = 0;
  poll_interest interest;
  std::function<void(readiness)> on_ready;
  /// Not empty: nothing but these is left to call.
  std::vector<std::function<void()>> when_gone;

  [[nodiscard]] bool leaving() const noexcept { return !when_gone.empty(); }
};

/// A slot is given out again only after its entry was erased, so that a late
/// completion cannot meet a stranger.
class watch_table {
public:
  /// Any thread.
  [[nodiscard]] watch_token reserve();
  /// Any thread: a token that never got an entry.
  void give_back(watch_token token);
  /// Any thread: tokens in use.
  [[nodiscard]] std::size_t size() const noexcept {
    return size_.load(std::memory_order_relaxed);
  }

  /// The loop's thread, as all below. References last until the next insert.
  watch_entry& insert(watch_token token);
  /// nullptr if the token is stale.
  [[nodiscard]] watch_entry* find(watch_token token) noexcept;
  [[nodiscard]] watch_entry& at(std::uint32_t slot) { return entries_[slot]; }
  [[nodiscard]] std::size_t slots() const noexcept { return entries_.size(); }
  /// Returns the entry, for the caller to call and destroy.
  watch_entry erase(std::uint32_t slot);

private:
  std::mutex mutex_;
  std::vector<std::uint32_t> free_;
  /// Of each slot, the generation that the next token gets.
  std::vector<std::uint32_t> generations_;
  std::atomic<std::size_t> size_{0};
  std::vector<watch_entry> entries_;
};

} // namespace pgmuster
