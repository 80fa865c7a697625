// One step: obey commands, wait, deliver completions, run timers; and the last.
#include "drivers/reactor/event_loop.hpp"

#include <utility>

namespace pgmuster {

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
