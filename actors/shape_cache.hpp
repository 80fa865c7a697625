// Negotiated catalogs, one for each kind of server, shared by all targets.
#pragma once

#include "drivers/postgres/catalog/catalog.hpp"

#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>

namespace pgmuster {

/// Thread-safe. Bounded: past `shapes_max` kinds the cache starts anew.
class shape_cache {
public:
  static constexpr std::size_t shapes_max = 256;

  [[nodiscard]] std::shared_ptr<const negotiated_catalog>
  find(const std::string& key) const {
    const std::lock_guard lock{mutex_};
    const auto found = known_.find(key);
    return found == known_.end() ? nullptr : found->second;
  }

  /// Returns the one to use: of targets that negotiate at the same time, the
  /// first one's.
  std::shared_ptr<const negotiated_catalog>
  put(const std::string& key,
      std::shared_ptr<const negotiated_catalog> catalog) {
    const std::lock_guard lock{mutex_};
    if (known_.size() >= shapes_max) {
      known_.clear();
    }
    return known_.try_emplace(key, std::move(catalog)).first->second;
  }

  void forget(const std::string& key) {
    const std::lock_guard lock{mutex_};
    known_.erase(key);
  }

private:
  mutable std::mutex mutex_;
  std::unordered_map<std::string, std::shared_ptr<const negotiated_catalog>>
    known_;
};

} // namespace pgmuster
