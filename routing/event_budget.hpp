// How many samples a tenant may tell: so many a second, and what was not used
// for a while at once. Shared by all lanes.
#pragma once

#include "config/time.hpp"

#include <algorithm>
#include <mutex>

namespace pgmuster {

/// Thread-safe.
class event_budget {
public:
  /// So many seconds' worth may be spent at once, or owed.
  static constexpr double depth_seconds = 30;

  explicit event_budget(double a_second) : a_second_(a_second) {}

  /// Takes as much of `wanted` as there is; 0 while something is owed.
  [[nodiscard]] double take(double wanted, mono_time now) {
    const std::lock_guard lock{mutex_};
    if (!begun_) {
      begun_ = true;
      left_ = a_second_ * depth_seconds;
      filled_ = now;
    }
    const std::chrono::duration<double> passed = now - filled_;
    filled_ = std::max(filled_, now);
    const auto most = a_second_ * depth_seconds;
    left_ = std::min(most, left_ + std::max(0.0, passed.count()) * a_second_);
    const auto taken = std::clamp(wanted, 0.0, std::max(0.0, left_));
    left_ -= taken;
    return taken;
  }

  /// What was spent beyond what was taken, or (below 0) was not spent.
  void settle(double more) {
    const std::lock_guard lock{mutex_};
    left_ = std::max(left_ - more, -a_second_ * depth_seconds);
  }

private:
  std::mutex mutex_;
  double a_second_;
  double left_ = 0;
  mono_time filled_{};
  bool begun_ = false;
};

} // namespace pgmuster
