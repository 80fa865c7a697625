// For a kernel interface that cannot wait for a disk: a thread that does.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <mutex>
#include <thread>
#include <vector>

namespace pgmuster {

class sync_thread {
public:
  struct outcome {
    std::uint32_t number = 0;
    /// 0 or errno.
    int failed = 0;
  };

  /// Writes to `wake_descriptor`, an eventfd, whenever there is an outcome.
  explicit sync_thread(int wake_descriptor) noexcept : wake_(wake_descriptor) {}
  /// Waits for the sync that is under way; those behind it are not begun.
  ~sync_thread();
  sync_thread(const sync_thread&) = delete;
  sync_thread& operator=(const sync_thread&) = delete;

  /// The thread is started with the first.
  void begin(std::uint32_t number, int descriptor);
  [[nodiscard]] std::vector<outcome> take_outcomes();

private:
  struct order {
    std::uint32_t number = 0;
    int descriptor = -1;
  };
  void run();
  void wake() noexcept;

  int wake_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<order> orders_;
  std::vector<outcome> outcomes_;
  bool stopping_ = false;
  std::thread thread_;
};

} // namespace pgmuster
