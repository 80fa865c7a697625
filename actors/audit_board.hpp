// What the last marker found wrong with the books, for readiness and the API.
#pragma once

#include <mutex>
#include <string>
#include <vector>

namespace pgmuster {

/// Thread-safe.
class audit_board {
public:
  void put(std::vector<std::string> disagreements) {
    const std::lock_guard lock{mutex_};
    disagreements_ = std::move(disagreements);
  }
  [[nodiscard]] std::vector<std::string> disagreements() const {
    const std::lock_guard lock{mutex_};
    return disagreements_;
  }

private:
  mutable std::mutex mutex_;
  std::vector<std::string> disagreements_;
};

} // namespace pgmuster
