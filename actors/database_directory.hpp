// Which actor answers for which database now: for inspection, not for sending
// data.
#pragma once

#include "actors/caf_compat.hpp"

#include <map>
#include <mutex>
#include <string>

namespace pgmuster {

/// Thread-safe. Addresses are weak: they keep no actor alive.
class database_directory {
public:
  /// `label` is tenant/target, or tenant/target/database.
  void put(const std::string& label, const caf::actor& handle) {
    const std::lock_guard lock{mutex_};
    known_[label] = handle.address();
  }
  void remove(const std::string& label) {
    const std::lock_guard lock{mutex_};
    known_.erase(label);
  }
  /// Empty if it is unknown or has ended.
  [[nodiscard]] caf::actor find(const std::string& label) const {
    const std::lock_guard lock{mutex_};
    const auto found = known_.find(label);
    return found == known_.end() ? caf::actor{}
                                 : caf::actor_cast<caf::actor>(found->second);
  }
  [[nodiscard]] std::size_t size() const {
    const std::lock_guard lock{mutex_};
    return known_.size();
  }

private:
  mutable std::mutex mutex_;
  std::map<std::string, caf::actor_addr> known_;
};

} // namespace pgmuster
