// One thread that polls a handful of sockets: connects, cancels, and closing.
#pragma once

#include "drivers/postgres/connector_core.hpp"
#include "drivers/postgres/loop_task.hpp"

#include <thread>

namespace pgmuster::postgres {

class connector_thread {
public:
  explicit connector_thread(connector_core& core);
  connector_thread(const connector_thread&) = delete;
  connector_thread& operator=(const connector_thread&) = delete;
  ~connector_thread();

  /// The descriptor that wakes it could be had.
  [[nodiscard]] bool usable() const noexcept {
    return static_cast<bool>(bell_);
  }

  /// From any thread.
  void wake() noexcept;
  void give(std::unique_ptr<loop_task> task);

  /// Abandons its tasks, joins. Idempotent.
  void stop();

private:
  struct entry {
    std::unique_ptr<loop_task> task;
    bool connects = false;
    std::size_t first = 0;
    std::size_t count = 0;
  };

  void run();
  void take_inbox();
  void admit(mono_time now);
  void wait(mono_time now);
  void step_all(mono_time now);

  connector_core& core_;
  descriptor bell_;

  std::mutex mutex_;
  bool stopping_ = false;
  std::vector<std::unique_ptr<loop_task>> inbox_;

  // Only the thread's own.
  std::vector<entry> entries_;
  std::vector<pollfd> polled_;
  std::size_t connecting_ = 0;
  mono_time wake_at_{};
  std::thread thread_;
};

} // namespace pgmuster::postgres
