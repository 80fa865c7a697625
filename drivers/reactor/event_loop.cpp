// One step: obey commands, wait, deliver completions, run timers. Only this
// thread touches the backend and the watch entries.
#include "drivers/reactor/event_loop.hpp"

#include "drivers/reactor/errc.hpp"

#include <pthread.h>
#include <signal.h>

#include <future>
#include <system_error>
#include <utility>

namespace pgmuster {
namespace {

void bump(std::atomic<std::uint64_t>& counter) noexcept {
  counter.fetch_add(1, std::memory_order_relaxed);
}

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

void event_loop::run() {
  while (!take_commands()) {
    bump(counts_.loops);
    wait_for_work();
    deliver_completions();
    run_timers();
  }
  shut_down();
}

bool event_loop::take_commands() {
  const auto closed = queue_.take(commands_);
  for (auto& command : commands_) {
    std::visit([this](auto& order) { obey(order); }, command);
  }
  commands_.clear();
  return closed;
}

void event_loop::obey(std::function<void()>& task) {
  bump(counts_.tasks_run);
  // Dies before the next one runs, as its owner would expect.
  if (const auto once = std::move(task)) {
    once();
  }
}

void event_loop::obey(watch_command& command) {
  auto& entry = table_.insert(command.token);
  entry.descriptor = command.descriptor;
  entry.on_ready = std::move(command.on_ready);
}

void event_loop::obey(arm_command& command) {
  auto* entry = table_.find(command.token);
  if (entry == nullptr || entry->leaving() || shutting_down_) {
    return;
  }
  const auto same = entry->armed && entry->interest == command.interest;
  entry->interest = command.interest;
  if (same) {
    return;
  }
  if (entry->armed && !entry->ending) {
    end_poll(command.token.slot);
  }
  entry->armed = true;
  if (entry->owed == 0) {
    begin_poll(command.token.slot);
  }
}

void event_loop::obey(unwatch_command& command) {
  if (!command.when_gone) {
    command.when_gone = [] {};
  }
  auto* entry = table_.find(command.token);
  if (entry == nullptr) {
    command.when_gone();
    return;
  }
  entry->when_gone.push_back(std::move(command.when_gone));
  if (entry->when_gone.size() > 1) {
    return;
  }
  entry->armed = false;
  if (!entry->ending) {
    end_poll(command.token.slot);
  }
  settle(command.token.slot);
}

void event_loop::wait_for_work() {
  std::optional<mono_time> next;
  {
    const std::lock_guard lock{timers_mutex_};
    next = wheel_.next();
    sleeps_until_ = next.value_or(mono_time::max());
  }
  if (!unpollable_.empty() || !queue_.prepare_to_sleep()) {
    backend_->wait(nanoseconds{0}, completions_);
  } else {
    backend_->wait(next ? std::optional{*next - clock_.mono()} : std::nullopt,
                   completions_);
    bump(counts_.wakeups);
    queue_.woken();
  }
  counts_.submission_retries.store(backend_->retries(),
                                   std::memory_order_relaxed);
  // From here on, who starts a timer need not wake us.
  const std::lock_guard lock{timers_mutex_};
  sleeps_until_ = mono_time::min();
}

void event_loop::deliver_completions() {
  for (const auto& completion : completions_) {
    complete(completion);
  }
  completions_.clear();
  for (const auto slot : std::exchange(unpollable_, {})) {
    if (const auto& entry = table_.at(slot); entry.armed && entry.owed == 0) {
      deliver(slot, {false, false, true});
    }
  }
}

void event_loop::run_timers() {
  for (auto fired = 0; fired < timers_per_step; ++fired) {
    std::unique_lock lock{timers_mutex_};
    const auto on_due = wheel_.pop(clock_.mono());
    lock.unlock();
    if (!on_due) {
      return;
    }
    bump(counts_.timers_fired);
    if (*on_due) {
      (*on_due)();
    }
  }
}

void event_loop::complete(const poll_completion& completion) {
  auto& entry = table_.at(completion.slot);
  --entry.owed;
  --owed_;
  if (entry.ending) {
    settle(completion.slot);
  } else if (entry.armed) {
    deliver(completion.slot, completion.ready);
  }
}

void event_loop::deliver(std::uint32_t slot, readiness ready) {
  auto& entry = table_.at(slot);
  entry.armed = false;
  if (shutting_down_ || !entry.on_ready) {
    return;
  }
  bump(counts_.ready_delivered);
  entry.on_ready(ready);
}

void event_loop::begin_poll(std::uint32_t slot) {
  auto& entry = table_.at(slot);
  if (backend_->begin(slot, entry.descriptor, entry.interest)) {
    ++entry.owed;
    ++owed_;
  } else {
    unpollable_.push_back(slot);
  }
}

/// Afterwards the entry owes nothing (settled) or is `ending`.
void event_loop::end_poll(std::uint32_t slot) {
  auto& entry = table_.at(slot);
  if (backend_->end(slot, entry.descriptor, entry.owed > 0)) {
    owed_ -= entry.owed;
    entry.owed = 0;
  } else {
    ++entry.owed;
    ++owed_;
    entry.ending = true;
  }
}

/// Goes on with an entry once nothing is owed to it any more.
void event_loop::settle(std::uint32_t slot) {
  auto& entry = table_.at(slot);
  if (entry.owed > 0) {
    return;
  }
  entry.ending = false;
  if (entry.leaving()) {
    leave(slot);
  } else if (entry.armed && !shutting_down_) {
    begin_poll(slot);
  }
}

void event_loop::leave(std::uint32_t slot) {
  const auto left = table_.erase(slot);
  for (const auto& when_gone : left.when_gone) {
    when_gone();
  }
}

void event_loop::shut_down() {
  shutting_down_ = true;
  for (std::uint32_t slot = 0; slot < table_.slots(); ++slot) {
    if (auto& entry = table_.at(slot); entry.owed > 0 && !entry.ending) {
      end_poll(slot);
    }
  }
  while (owed_ > 0) {
    backend_->wait(std::nullopt, completions_);
    deliver_completions();
    take_commands();
  }
  drop_callbacks();
  queue_.seal(commands_);
  for (auto& command : commands_) {
    std::visit([this](auto& order) { obey(order); }, command);
  }
  commands_.clear();
  backend_.reset();
}

/// Destroys what was handed in, on this thread. Owners may unwatch from their
/// destructors: their tokens are stale by then, and answered after the sealing.
void event_loop::drop_callbacks() {
  std::vector<std::function<void()>> timers;
  {
    const std::lock_guard lock{timers_mutex_};
    timers_open_ = false;
    timers = wheel_.clear();
  }
  timers.clear();
  for (std::uint32_t slot = 0; slot < table_.slots(); ++slot) {
    if (table_.at(slot).generation != 0) {
      const auto dropped = table_.erase(slot);
    }
  }
}

} // namespace pgmuster
