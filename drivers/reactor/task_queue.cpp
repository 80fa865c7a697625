// The sleeper's flag and the queue share a mutex, so no wake-up is lost and
// none is written to a loop that is awake.
#include "drivers/reactor/task_queue.hpp"

#include <sys/eventfd.h>
#include <unistd.h>

#include <cstdint>
#include <utility>

namespace pgmuster {

task_queue::task_queue() noexcept
  : descriptor_{::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)} {}

task_queue::~task_queue() {
  if (descriptor_ >= 0) {
    ::close(descriptor_);
  }
}

bool task_queue::push(loop_command& command) {
  std::unique_lock lock{mutex_};
  if (sealed_
      || (closed_ && !std::holds_alternative<unwatch_command>(command))) {
    return false;
  }
  commands_.push_back(std::move(command));
  rouse(std::move(lock));
  return true;
}

void task_queue::wake() noexcept {
  rouse(std::unique_lock{mutex_});
}

void task_queue::close() noexcept {
  std::unique_lock lock{mutex_};
  closed_ = true;
  rouse(std::move(lock));
}

bool task_queue::take(std::vector<loop_command>& into) {
  const std::lock_guard lock{mutex_};
  into.swap(commands_);
  poked_ = false;
  return closed_;
}

void task_queue::seal(std::vector<loop_command>& into) {
  const std::lock_guard lock{mutex_};
  closed_ = true;
  sealed_ = true;
  into.swap(commands_);
}

bool task_queue::prepare_to_sleep() noexcept {
  const std::lock_guard lock{mutex_};
  sleeping_ = !std::exchange(poked_, false) && commands_.empty();
  return sleeping_;
}

void task_queue::woken() noexcept {
  const std::lock_guard lock{mutex_};
  sleeping_ = false;
}

std::size_t task_queue::size() const noexcept {
  const std::lock_guard lock{mutex_};
  return commands_.size();
}

void task_queue::rouse(std::unique_lock<std::mutex> lock) noexcept {
  poked_ = true;
  if (!std::exchange(sleeping_, false)) {
    return;
  }
  lock.unlock();
  // It can only fail when 2^64 - 2 wake-ups wait, and then one does.
  const std::uint64_t one = 1;
  [[maybe_unused]] const auto written = ::write(descriptor_, &one, sizeof one);
}

} // namespace pgmuster
