// What any thread may call: it leaves a command, or locks the wheel.
#include "drivers/reactor/event_loop.hpp"

#include "drivers/reactor/errc.hpp"

#include <pthread.h>
#include <signal.h>

#include <cerrno>
#include <future>
#include <system_error>
#include <utility>

namespace pgmuster {
namespace {

/// Signals are for the main thread.
void become_a_reactor_thread() noexcept {
  sigset_t all;
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, nullptr);
  pthread_setname_np(pthread_self(), "reactor");
}

} // namespace

event_loop::event_loop(const clock_source& clock)
  : clock_{clock}, wheel_{clock.mono()} {}

event_loop::~event_loop() {
  stop();
}

result<void> event_loop::start(const backend_maker& make) {
  if (!queue_.usable()) {
    return fail(reactor_errc::epoll_unavailable, "eventfd");
  }
  std::promise<result<void>> made;
  auto answer = made.get_future();
  try {
    thread_ = std::thread{[this, &make, &made] {
      become_a_reactor_thread();
      auto backend = make(queue_.wake_descriptor());
      if (!backend) {
        made.set_value(backend.error());
        return;
      }
      backend_ = std::move(*backend);
      backend_name_ = backend_->name();
      loop_id_ = std::this_thread::get_id();
      made.set_value({});
      run();
    }};
  } catch (const std::system_error& failed) {
    return fail(reactor_errc::no_thread, failed.code().message());
  }
  return answer.get();
}

watch_token event_loop::watch(int descriptor,
                              std::function<void(readiness)> on_ready) {
  const auto token = table_.reserve();
  loop_command command = watch_command{token, descriptor, std::move(on_ready)};
  if (!queue_.push(command)) {
    table_.give_back(token);
    return {};
  }
  return token;
}

void event_loop::arm(watch_token token, bool read, bool write) {
  loop_command command = arm_command{token, {read, write}};
  static_cast<void>(queue_.push(command));
}

void event_loop::unwatch(watch_token token, std::function<void()> when_gone) {
  loop_command command = unwatch_command{token, std::move(when_gone)};
  if (queue_.push(command)) {
    return;
  }
  if (auto& refused = std::get<unwatch_command>(command); refused.when_gone) {
    refused.when_gone();
  }
}

timer_token event_loop::start_timer(mono_time due,
                                    std::function<void()> on_due) {
  std::unique_lock lock{timers_mutex_};
  if (!timers_open_) {
    return {};
  }
  const auto token = wheel_.start(due, std::move(on_due));
  const auto sleeps_too_long = wheel_.next() < sleeps_until_;
  lock.unlock();
  if (sleeps_too_long) {
    queue_.wake();
  }
  return token;
}

void event_loop::cancel_timer(timer_token token) {
  std::function<void()> dropped;
  const std::lock_guard lock{timers_mutex_};
  dropped = wheel_.cancel(token);
}

void event_loop::sync_file(int descriptor, std::function<void(int)> done) {
  loop_command command = sync_command{descriptor, std::move(done)};
  if (!queue_.push(command)) {
    std::get<sync_command>(command).done(ECANCELED);
  }
}

void event_loop::post(std::function<void()> task) {
  loop_command command = std::move(task);
  static_cast<void>(queue_.push(command));
}

void event_loop::stop() {
  queue_.close();
  if (loop_id_ == std::this_thread::get_id()) {
    return;
  }
  const std::lock_guard lock{stop_mutex_};
  if (thread_.joinable()) {
    thread_.join();
  }
}

std::string_view event_loop::backend() const noexcept {
  return backend_name_;
}

std::size_t event_loop::watched() const noexcept {
  return table_.size();
}

reactor_counts event_loop::counts() const noexcept {
  const auto read = [](const std::atomic<std::uint64_t>& counter) {
    return counter.load(std::memory_order_relaxed);
  };
  reactor_counts counts;
  counts.loops = read(counts_.loops);
  counts.wakeups = read(counts_.wakeups);
  counts.tasks_run = read(counts_.tasks_run);
  counts.ready_delivered = read(counts_.ready_delivered);
  counts.timers_fired = read(counts_.timers_fired);
  counts.submission_retries = read(counts_.submission_retries);
  counts.commands_pending = queue_.size();
  const std::lock_guard lock{timers_mutex_};
  counts.timers_pending = wheel_.size();
  return counts;
}

} // namespace pgmuster
