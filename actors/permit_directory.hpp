// Each target's permits, found again by a target actor that was restarted: its
// predecessor's connections may not be closed yet.
#pragma once

#include "routing/permit_pool.hpp"

#include <map>
#include <mutex>
#include <string>

namespace pgmuster {

/// Thread-safe. A pool lives as long as somebody holds it or a permit of it.
class permit_directory {
public:
  /// `label` is tenant/target.
  [[nodiscard]] std::shared_ptr<permit_pool> of(const std::string& label,
                                                std::size_t places) {
    const std::lock_guard lock{mutex_};
    auto& known = known_[label];
    auto pool = known.lock();
    if (pool == nullptr) {
      pool = std::make_shared<permit_pool>(places);
      known = pool;
    }
    return pool;
  }

private:
  std::mutex mutex_;
  std::map<std::string, std::weak_ptr<permit_pool>> known_;
};

} // namespace pgmuster
