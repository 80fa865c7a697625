// Where the stages of the lanes and the exporters are now: a stage that was
// restarted is found by its next sender.
#pragma once

#include "actors/caf_compat.hpp"
#include "config/strong_id.hpp"

#include <map>
#include <mutex>
#include <vector>

namespace pgmuster {

enum class stage : std::uint8_t { fingerprint, cardinality, sampler, frame };
inline constexpr std::size_t stages = 4;
[[nodiscard]] constexpr const char* to_string(stage which) noexcept {
  constexpr const char* names[] = {"fingerprint", "cardinality", "sampler",
                                   "frame"};
  return names[static_cast<std::size_t>(which)];
}

/// Thread-safe. Handles are dropped by `clear`, or the actor system would wait
/// for its actors for ever.
class stage_directory {
public:
  explicit stage_directory(std::size_t lanes) : lanes_(lanes * stages) {}

  void put(std::size_t lane, stage which, caf::actor handle) {
    const std::lock_guard lock{mutex_};
    lanes_[lane * stages + static_cast<std::size_t>(which)] = std::move(handle);
  }
  [[nodiscard]] caf::actor find(std::size_t lane, stage which) const {
    const std::lock_guard lock{mutex_};
    return lanes_.empty()
             ? caf::actor{}
             : lanes_[lane * stages + static_cast<std::size_t>(which)];
  }
  void
  put_exporter(const route_name& route, std::size_t shard, caf::actor handle) {
    const std::lock_guard lock{mutex_};
    exporters_[{route, shard}] = std::move(handle);
  }
  [[nodiscard]] caf::actor find_exporter(const route_name& route,
                                         std::size_t shard) const {
    const std::lock_guard lock{mutex_};
    const auto found = exporters_.find({route, shard});
    return found == exporters_.end() ? caf::actor{} : found->second;
  }
  [[nodiscard]] std::vector<caf::actor> exporters() const {
    const std::lock_guard lock{mutex_};
    std::vector<caf::actor> all;
    for (const auto& [key, handle] : exporters_) {
      all.push_back(handle);
    }
    return all;
  }
  [[nodiscard]] std::vector<std::pair<route_name, std::size_t>>
  exporter_keys() const {
    const std::lock_guard lock{mutex_};
    std::vector<std::pair<route_name, std::size_t>> all;
    for (const auto& [key, handle] : exporters_) {
      all.push_back(key);
    }
    return all;
  }
  void clear() {
    const std::lock_guard lock{mutex_};
    lanes_.clear();
    exporters_.clear();
  }

private:
  mutable std::mutex mutex_;
  std::vector<caf::actor> lanes_;
  std::map<std::pair<route_name, std::size_t>, caf::actor> exporters_;
};

} // namespace pgmuster
