// The loop: take what was given, begin what the rate allows, wait, step.
#include "drivers/postgres/connector_thread.hpp"

#include "drivers/postgres/connect_task.hpp"

#include <sys/eventfd.h>

#include <algorithm>

namespace pgmuster::postgres {

namespace {

constexpr milliseconds longest_wait{60'000};

int to_poll_timeout(mono_time now, mono_time due) {
  const auto left =
    std::chrono::ceil<milliseconds>(std::clamp<mono_time::duration>(
      due - now, mono_time::duration::zero(), longest_wait));
  return static_cast<int>(left.count());
}

} // namespace

connector_thread::connector_thread(connector_core& core)
  : core_(core), bell_(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {
  if (usable()) {
    thread_ = std::thread([this] { run(); });
  }
}

connector_thread::~connector_thread() {
  stop();
}

void connector_thread::wake() noexcept {
  ::eventfd_write(bell_.number(), 1);
}

void connector_thread::give(std::unique_ptr<loop_task> task) {
  {
    const std::lock_guard lock{mutex_};
    inbox_.push_back(std::move(task));
  }
  wake();
}

void connector_thread::stop() {
  {
    const std::lock_guard lock{mutex_};
    stopping_ = true;
  }
  wake();
  if (thread_.joinable()) {
    thread_.join();
  }
}

void connector_thread::run() {
  for (;;) {
    take_inbox();
    {
      const std::lock_guard lock{mutex_};
      if (stopping_) {
        break;
      }
    }
    const auto now = core_.clock().mono();
    admit(now);
    wait(now);
    step_all(core_.clock().mono());
  }
  take_inbox();
  for (auto& one : entries_) {
    one.task->abandon();
  }
  entries_.clear();
}

void connector_thread::take_inbox() {
  std::vector<std::unique_ptr<loop_task>> tasks;
  {
    const std::lock_guard lock{mutex_};
    tasks.swap(inbox_);
  }
  for (auto& task : tasks) {
    entries_.push_back({std::move(task)});
  }
}

void connector_thread::admit(mono_time now) {
  wake_at_ = now + longest_wait;
  while (connecting_ < limits::connecting_max) {
    auto next = core_.admit(now, wake_at_);
    if (!next) {
      return;
    }
    ++connecting_;
    entries_.push_back(
      {make_connect_task(core_.shared_from_this(), std::move(*next), now),
       true});
  }
}

void connector_thread::wait(mono_time now) {
  polled_.clear();
  polled_.push_back({bell_.number(), POLLIN, 0});
  auto due = wake_at_;
  for (auto& one : entries_) {
    one.first = polled_.size();
    one.task->waits_for(polled_);
    one.count = polled_.size() - one.first;
    due = std::min(due, one.task->due());
  }
  ::poll(polled_.data(), polled_.size(), to_poll_timeout(now, due));
  eventfd_t rung = 0;
  ::eventfd_read(bell_.number(), &rung);
}

void connector_thread::step_all(mono_time now) {
  for (auto& one : entries_) {
    const auto mine = std::span{polled_}.subspan(one.first, one.count);
    const bool ready =
      std::any_of(mine.begin(), mine.end(),
                  [](const pollfd& each) { return each.revents != 0; });
    if ((ready || now >= one.task->due()) && !one.task->step(mine, now)) {
      one.task.reset();
      connecting_ -= one.connects ? 1 : 0;
    }
  }
  std::erase_if(entries_, [](const entry& one) { return !one.task; });
}

} // namespace pgmuster::postgres
