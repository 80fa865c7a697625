// Timers in 10 ms steps on seven wheels of 64 slots: O(1) to start and cancel,
// and far timers cost nothing until their wheel comes round.
#pragma once

#include "config/time.hpp"
#include "drivers/reactor/reactor.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

namespace pgmuster {

/// Pure: knows no clock and no thread. Timers of one step fire in the order in
/// which they were started.
class timer_wheel {
public:
  static constexpr nanoseconds step = milliseconds{10};

  explicit timer_wheel(mono_time origin) noexcept;

  /// A `due` in the past fires at the next step.
  timer_token start(mono_time due, std::function<void()> on_due);

  /// The callback that will not run, for the caller to destroy where it holds
  /// no lock; empty if the token is stale.
  std::function<void()> cancel(timer_token token) noexcept;

  /// Takes the next timer that is due at `now`; empty when there is none.
  /// One at a time, so that a callback can still cancel its neighbour.
  std::optional<std::function<void()>> pop(mono_time now) noexcept;

  /// When `pop` is worth calling again: a timer's due step or, for far timers,
  /// an earlier one. Empty if no timer waits.
  [[nodiscard]] std::optional<mono_time> next() const noexcept;

  [[nodiscard]] std::size_t size() const noexcept { return size_; }

  /// Takes all timers out, for the caller to destroy.
  [[nodiscard]] std::vector<std::function<void()>> clear();

private:
  using index = std::uint32_t;
  static constexpr index none = ~index{0};
  static constexpr unsigned bits = 6;
  static constexpr std::uint64_t slots = std::uint64_t{1} << bits;
  /// 64^7 steps are more than a mono_time can hold.
  static constexpr unsigned levels = 7;

  struct node {
    std::uint64_t tick = 0;
    index previous = none;
    index next = none;
    /// Position in lists_; `none` when the node is free.
    index list = none;
    std::uint32_t generation = 1;
    std::function<void()> on_due;
  };
  struct list {
    index first = none;
    index last = none;
  };

  /// The list of timers whose step has come.
  static constexpr index ready = levels * slots;

  [[nodiscard]] mono_time time_of(std::uint64_t tick) const noexcept;
  [[nodiscard]] std::uint64_t step_of(mono_time due) const noexcept;
  [[nodiscard]] std::optional<std::uint64_t> next_event() const noexcept;
  void place(index at) noexcept;
  void append(index to, index at) noexcept;
  void unlink(index at) noexcept;
  std::function<void()> release(index at) noexcept;
  void turn_to(std::uint64_t tick) noexcept;

  mono_time origin_;
  /// The last step that was reached.
  std::uint64_t current_ = 0;
  std::size_t size_ = 0;
  index free_ = none;
  std::vector<node> nodes_;
  std::array<list, levels * slots + 1> lists_;
  /// One bit a slot that is not empty.
  std::array<std::uint64_t, levels> occupied_{};
};

} // namespace pgmuster
