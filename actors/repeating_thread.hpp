// A thread that does one thing again and again, until it is told to stop.
#pragma once

#include "config/time.hpp"

#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

namespace pgmuster {

class repeating_thread {
public:
  /// `work` is done first after one `period`, and never by two at a time.
  repeating_thread(milliseconds period, std::function<void()> work)
    : thread_([this, period, work = std::move(work)] {
        std::unique_lock lock{mutex_};
        while (!woken_.wait_for(lock, period, [this] { return stopping_; })) {
          lock.unlock();
          work();
          lock.lock();
        }
      }) {}
  ~repeating_thread() { stop(); }
  repeating_thread(const repeating_thread&) = delete;
  repeating_thread& operator=(const repeating_thread&) = delete;

  /// Waits for the work that is being done. Idempotent.
  void stop() {
    {
      const std::lock_guard lock{mutex_};
      stopping_ = true;
    }
    woken_.notify_all();
    if (thread_.joinable()) {
      thread_.join();
    }
  }

private:
  std::mutex mutex_;
  std::condition_variable woken_;
  bool stopping_ = false;
  /// Last: it uses all the others.
  std::thread thread_;
};

} // namespace pgmuster
