// What other threads ask of the loop: a queue that wakes it only if it sleeps.
#pragma once

#include "drivers/reactor/poll_backend.hpp"

#include <functional>
#include <mutex>
#include <variant>
#include <vector>

namespace pgmuster {

struct watch_command {
  watch_token token;
  int descriptor = -1;
  std::function<void(readiness)> on_ready;
};

struct arm_command {
  watch_token token;
  poll_interest interest;
};

struct unwatch_command {
  watch_token token;
  std::function<void()> when_gone;
};

struct sync_command {
  int descriptor = -1;
  std::function<void(int)> done;
};

using loop_command = std::variant<std::function<void()>,
                                  watch_command,
                                  arm_command,
                                  unwatch_command,
                                  sync_command>;

/// Many writers, one reader (the loop). Owns the wake-up eventfd. What it holds
/// is bounded by its writers, each of which acts on answers only.
class task_queue {
public:
  task_queue() noexcept;
  ~task_queue();
  task_queue(const task_queue&) = delete;
  task_queue& operator=(const task_queue&) = delete;

  /// False if no eventfd could be had.
  [[nodiscard]] bool usable() const noexcept { return descriptor_ >= 0; }
  [[nodiscard]] int wake_descriptor() const noexcept { return descriptor_; }

  /// False: refused, `command` is untouched. Once closed, only an
  /// unwatch_command is taken; once sealed, nothing.
  [[nodiscard]] bool push(loop_command& command);

  /// Makes the loop look at its timers again.
  void wake() noexcept;

  void close() noexcept;

  /// Swaps out everything that waits; `into` must be empty. True if the queue
  /// is closed. The caller looks at its timers afterwards.
  bool take(std::vector<loop_command>& into);
  /// As `take`, and nothing is taken in any more.
  void seal(std::vector<loop_command>& into);

  /// True: the loop may wait, and the next push or wake writes to the eventfd.
  /// False: something came meanwhile.
  [[nodiscard]] bool prepare_to_sleep() noexcept;
  /// The loop is awake again, for whatever reason.
  void woken() noexcept;

  [[nodiscard]] std::size_t size() const noexcept;

private:
  void rouse(std::unique_lock<std::mutex> lock) noexcept;

  mutable std::mutex mutex_;
  std::vector<loop_command> commands_;
  bool poked_ = false;
  bool sleeping_ = false;
  bool closed_ = false;
  bool sealed_ = false;
  int descriptor_ = -1;
};

} // namespace pgmuster
