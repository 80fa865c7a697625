// The loop that both backends share: commands, completions, timers, in turn.
#pragma once

#include "drivers/clock.hpp"
#include "drivers/reactor/poll_backend.hpp"
#include "drivers/reactor/reactor.hpp"
#include "drivers/reactor/task_queue.hpp"
#include "drivers/reactor/timer_wheel.hpp"
#include "drivers/reactor/watch_table.hpp"

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

namespace pgmuster {

/// Makes a backend on the loop's thread, around the given eventfd.
using backend_maker = std::function<result<std::unique_ptr<poll_backend>>(int)>;

class event_loop final : public reactor {
public:
  explicit event_loop(const clock_source& clock);
  event_loop(const event_loop&) = delete;
  event_loop& operator=(const event_loop&) = delete;
  ~event_loop() override;

  /// Starts the thread and waits until its backend is made. Once.
  [[nodiscard]] result<void> start(const backend_maker& make);

  watch_token watch(int descriptor,
                    std::function<void(readiness)> on_ready) override;
  void arm(watch_token token, bool read, bool write) override;
  void unwatch(watch_token token, std::function<void()> when_gone) override;
  timer_token start_timer(mono_time due, std::function<void()> on_due) override;
  void cancel_timer(timer_token token) override;
  void sync_file(int descriptor, std::function<void(int)> done) override;
  void post(std::function<void()> task) override;
  void stop() override;
  [[nodiscard]] std::string_view backend() const noexcept override;
  [[nodiscard]] std::size_t watched() const noexcept override;
  [[nodiscard]] reactor_counts counts() const noexcept override;

private:
  struct live_counts {
    std::atomic<std::uint64_t> loops{0};
    std::atomic<std::uint64_t> wakeups{0};
    std::atomic<std::uint64_t> tasks_run{0};
    std::atomic<std::uint64_t> ready_delivered{0};
    std::atomic<std::uint64_t> timers_fired{0};
    std::atomic<std::uint64_t> submission_retries{0};
  };

  static void bump(std::atomic<std::uint64_t>& counter) noexcept {
    counter.fetch_add(1, std::memory_order_relaxed);
  }

  /// Timers of one step, so that they cannot hold up completions.
  static constexpr int timers_per_step = 1'024;

  void run();
  bool take_commands();
  void obey(std::function<void()>& task);
  void obey(watch_command& command);
  void obey(arm_command& command);
  void obey(unwatch_command& command);
  void obey(sync_command& command);
  /// Sleeps if nothing came meanwhile.
  void wait_for_work();
  void deliver_completions();
  void run_timers();
  void complete(const poll_completion& completion);
  void complete_sync(const poll_completion& completion);
  void deliver(std::uint32_t slot, readiness ready);
  void begin_poll(std::uint32_t slot);
  void end_poll(std::uint32_t slot);
  void settle(std::uint32_t slot);
  void leave(std::uint32_t slot);
  void shut_down();
  void drop_callbacks();

  const clock_source& clock_;
  task_queue queue_;
  watch_table table_;
  live_counts counts_;

  /// Guards the wheel and the two below.
  mutable std::mutex timers_mutex_;
  timer_wheel wheel_;
  bool timers_open_ = true;
  /// Until when the loop sleeps; the past while it is awake.
  mono_time sleeps_until_ = mono_time::min();

  std::mutex stop_mutex_;
  std::thread thread_;
  std::thread::id loop_id_;
  std::string_view backend_name_;

  /// The loop's thread only, as all below.
  std::unique_ptr<poll_backend> backend_;
  bool shutting_down_ = false;
  std::size_t owed_ = 0;
  std::vector<loop_command> commands_;
  std::vector<poll_completion> completions_;
  /// Syncs under way, by the number that their completion bears.
  std::map<std::uint32_t, std::function<void(int)>> syncs_;
  std::uint32_t sync_numbers_ = 0;
  /// Slots whose descriptor cannot be polled: told so in this step.
  std::vector<std::uint32_t> unpollable_;
};

} // namespace pgmuster
