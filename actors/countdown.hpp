// Waits, with a deadline, until others have called as often as expected.
#pragma once

#include "config/time.hpp"

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>

namespace pgmuster {

class countdown {
public:
  explicit countdown(std::size_t expected) : left_(expected) {}
  void one_done() {
    const std::lock_guard lock{mutex_};
    if (left_ > 0) {
      --left_;
    }
    changed_.notify_all();
  }
  /// False: the deadline came first.
  [[nodiscard]] bool wait(mono_time deadline) {
    std::unique_lock lock{mutex_};
    return changed_.wait_until(lock, deadline, [this] { return left_ == 0; });
  }

private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::size_t left_;
};

/// A countdown that outlives whoever stops waiting for it.
struct awaited {
  explicit awaited(std::size_t expected)
    : left(std::make_shared<countdown>(expected)),
      call(std::make_shared<std::function<void()>>(
        [left = left] { left->one_done(); })) {}
  std::shared_ptr<countdown> left;
  std::shared_ptr<std::function<void()>> call;
};

} // namespace pgmuster
