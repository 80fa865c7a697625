// One sync after the other: a disk does not become faster by being asked twice.
#include "drivers/reactor/sync_thread.hpp"

#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

namespace pgmuster {

sync_thread::~sync_thread() {
  {
    const std::lock_guard lock{mutex_};
    stopping_ = true;
  }
  changed_.notify_one();
  if (thread_.joinable()) {
    thread_.join();
  }
}

void sync_thread::begin(std::uint32_t number, int descriptor) {
  const std::lock_guard lock{mutex_};
  if (!thread_.joinable()) {
    try {
      thread_ = std::thread{[this] { run(); }};
    } catch (const std::system_error&) {
      outcomes_.push_back({number, EAGAIN});
      wake();
      return;
    }
  }
  orders_.push_back({number, descriptor});
  changed_.notify_one();
}

std::vector<sync_thread::outcome> sync_thread::take_outcomes() {
  const std::lock_guard lock{mutex_};
  return std::exchange(outcomes_, {});
}

void sync_thread::run() {
  // Signals are for the main thread.
  sigset_t all;
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, nullptr);
  pthread_setname_np(pthread_self(), "sync");
  std::unique_lock lock{mutex_};
  for (;;) {
    changed_.wait(lock, [this] { return stopping_ || !orders_.empty(); });
    if (stopping_) {
      return;
    }
    const auto next = orders_.front();
    orders_.pop_front();
    lock.unlock();
    const auto failed = ::fdatasync(next.descriptor) == 0 ? 0 : errno;
    lock.lock();
    outcomes_.push_back({next.number, failed});
    wake();
  }
}

void sync_thread::wake() noexcept {
  const std::uint64_t one = 1;
  [[maybe_unused]] const auto written = ::write(wake_, &one, sizeof one);
}

} // namespace pgmuster
