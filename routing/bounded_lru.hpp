// What was asked for last, up to so many bytes.
#pragma once

#include "config/byte_count.hpp"

#include <cstdint>
#include <list>
#include <unordered_map>
#include <utility>

namespace pgmuster {

/// `Value` is cheap to copy. Not thread-safe.
template <class Key, class Value, class Hash = std::hash<Key>>
class bounded_lru {
public:
  explicit bounded_lru(byte_count bytes_max) noexcept
    : bytes_max_(bytes_max.value()) {}

  /// Null if it is not there; valid until the next call.
  [[nodiscard]] const Value* find(const Key& key) {
    const auto found = places_.find(key);
    if (found == places_.end()) {
      return nullptr;
    }
    order_.splice(order_.begin(), order_, found->second);
    return &found->second->value;
  }

  /// Does nothing if the key is there, or if it alone is too large.
  void put(const Key& key, Value value, std::size_t bytes) {
    bytes += overhead;
    if (bytes > bytes_max_ || places_.count(key) != 0) {
      return;
    }
    while (bytes_ + bytes > bytes_max_) {
      forget_last();
    }
    order_.push_front({key, std::move(value), bytes});
    places_.emplace(key, order_.begin());
    bytes_ += bytes;
  }

  [[nodiscard]] std::size_t size() const noexcept { return places_.size(); }
  [[nodiscard]] std::uint64_t bytes() const noexcept { return bytes_; }
  [[nodiscard]] std::uint64_t evictions() const noexcept { return evictions_; }

private:
  struct item {
    Key key;
    Value value;
    std::size_t bytes = 0;
  };
  /// Nodes of the list and of the map, and what the allocator adds.
  static constexpr std::size_t overhead =
    sizeof(item) + sizeof(Key) + 10 * sizeof(void*);

  void forget_last() {
    bytes_ -= order_.back().bytes;
    places_.erase(order_.back().key);
    order_.pop_back();
    ++evictions_;
  }

  std::uint64_t bytes_max_;
  std::uint64_t bytes_ = 0;
  std::uint64_t evictions_ = 0;
  /// The one that was asked for last first.
  std::list<item> order_;
  std::unordered_map<Key, typename std::list<item>::iterator, Hash> places_;
};

} // namespace pgmuster
