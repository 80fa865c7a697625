// How wall time follows the system's clock without ever going backwards.
#pragma once

#include "config/time.hpp"

#include <algorithm>
#include <atomic>
#include <cstdint>

namespace pgmuster {

/// Monotonic time plus an offset. A forward step of the system's clock (or a
/// suspend) moves the offset at once; a backward step is paid back in small
/// pieces, so that points neither repeat a time nor stand still for an hour.
/// Lock-free; any thread.
class wall_anchor {
public:
  /// Differences up to this are the noise of reading two clocks.
  static constexpr nanoseconds tolerance = milliseconds{20};
  /// After a backward step: at most this much is given back …
  static constexpr nanoseconds payback = milliseconds{100};
  /// … in each of these intervals, which bounds a rate's error to 10 %.
  static constexpr nanoseconds payback_every = seconds{1};

  wall_anchor(mono_time mono, wall_time system) noexcept
    : offset_{count(system) - count(mono)}, last_{0}, paid_{count(mono)} {}

  /// Both clocks as read together. Each answer is greater than every earlier
  /// one, by a nanosecond at least.
  [[nodiscard]] wall_time at(mono_time mono, wall_time system) noexcept {
    follow(count(mono), count(system));
    return at(mono);
  }

  /// For when the two clocks could not be read close enough together.
  [[nodiscard]] wall_time at(mono_time mono) noexcept {
    const auto candidate =
      count(mono) + offset_.load(std::memory_order_relaxed);
    auto last = last_.load(std::memory_order_relaxed);
    auto next = std::max(candidate, last + 1);
    while (
      !last_.compare_exchange_weak(last, next, std::memory_order_relaxed)) {
      next = std::max(candidate, last + 1);
    }
    return wall_time{nanoseconds{next}};
  }

private:
  template <class Time>
  static std::int64_t count(Time time) noexcept {
    return nanoseconds{time.time_since_epoch()}.count();
  }

  void follow(std::int64_t mono, std::int64_t system) noexcept {
    auto offset = offset_.load(std::memory_order_relaxed);
    const auto ahead = mono + offset - system;
    if (ahead < -tolerance.count()) {
      // Losing the race is fine: the winner has seen the same step.
      offset_.compare_exchange_strong(offset, system - mono,
                                      std::memory_order_relaxed);
    } else if (ahead > tolerance.count()) {
      auto paid = paid_.load(std::memory_order_relaxed);
      if (mono - paid >= payback_every.count()
          && paid_.compare_exchange_strong(paid, mono,
                                           std::memory_order_relaxed)) {
        offset_.fetch_sub(std::min(ahead, payback.count()),
                          std::memory_order_relaxed);
      }
    }
  }

  std::atomic<std::int64_t> offset_;
  std::atomic<std::int64_t> last_;
  std::atomic<std::int64_t> paid_;
};

} // namespace pgmuster
