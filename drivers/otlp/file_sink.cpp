// A bounded queue before a thread that writes: disks may block, actors not.
#include "drivers/otlp/file_sink.hpp"

#include "config/byte_count.hpp"
#include "drivers/otlp/errc.hpp"

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <climits>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <string_view>
#include <thread>
#include <utility>

namespace pgmuster {
namespace {

/// Lines that wait to be written; what comes on top is refused.
constexpr byte_count queued_bytes_max{64ULL * 1024 * 1024};

/// How long one wait for a reader lasts before stopping is looked at.
constexpr int reader_wait_ms = 1'000;

/// Pipes, sockets and terminals take what their reader leaves room for.
bool has_reader(int descriptor) {
  struct ::stat found {};
  return ::fstat(descriptor, &found) == 0 && !S_ISREG(found.st_mode);
}

std::string words_for(int error_number) {
  return std::error_code{error_number, std::generic_category()}.message();
}

class descriptor_sink final : public file_sink {
public:
  descriptor_sink(int descriptor, bool owned)
    : descriptor_(descriptor),
      owned_(owned),
      has_reader_(has_reader(descriptor)) {}

  ~descriptor_sink() override { stop(); }

  descriptor_sink(const descriptor_sink&) = delete;
  descriptor_sink& operator=(const descriptor_sink&) = delete;

  bool start() {
    try {
      thread_ = std::thread{[this] { run(); }};
      return true;
    } catch (const std::system_error&) {
      return false;
    }
  }

  void append(std::string line,
              std::function<void(std::string)> done) override {
    const char* refused = nullptr;
    {
      const std::lock_guard lock{mutex_};
      if (stopping_) {
        refused = "the file is closed";
      } else if (queued_ != 0
                 && queued_ + line.size() > queued_bytes_max.value()) {
        refused = "too many lines wait to be written";
      } else {
        queued_ += line.size();
        queue_.push_back({std::move(line), std::move(done)});
      }
    }
    if (refused != nullptr) {
      done(refused);
    } else {
      wake_.notify_one();
    }
  }

  bool reader_gone() const noexcept override { return reader_gone_; }

  void stop() override {
    {
      const std::lock_guard lock{mutex_};
      stopping_ = true;
    }
    wake_.notify_one();
    const std::lock_guard joining{join_mutex_};
    if (thread_.joinable()) {
      thread_.join();
    }
    if (owned_) {
      ::close(std::exchange(descriptor_, -1));
      owned_ = false;
    }
  }

private:
  struct waiting_line {
    std::string line;
    std::function<void(std::string)> done;
  };

  void run() {
    // Signals are for others; a closed pipe becomes EPIPE.
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, nullptr);
    std::unique_lock lock{mutex_};
    for (;;) {
      wake_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
      if (queue_.empty()) {
        return;
      }
      waiting_line next = std::move(queue_.front());
      queue_.pop_front();
      lock.unlock();
      const std::size_t size = next.line.size();
      next.done(write_line(std::move(next.line)));
      lock.lock();
      queued_ -= size;
    }
  }

  /// After a line that was written in part, the next one begins on its own.
  std::string write_line(std::string line) {
    line += '\n';
    if (torn_ && !write_all("\n").empty()) {
      return "a line was torn and could not be ended";
    }
    torn_ = false;
    return write_all(line);
  }

  /// A reader that stands still must not hold our stop: where it has room for
  /// PIPE_BUF bytes, writing them does not block. False: give up.
  bool await_reader() {
    ::pollfd room{descriptor_, POLLOUT, 0};
    while (has_reader_ && !reader_stuck_
           && ::poll(&room, 1, reader_wait_ms) == 0) {
      reader_stuck_ = stopping_;
    }
    return !reader_stuck_;
  }

  std::string write_all(std::string_view bytes) {
    const std::size_t whole = bytes.size();
    while (!bytes.empty()) {
      if (!await_reader()) {
        torn_ = torn_ || bytes.size() < whole;
        return "the reader takes nothing and we stop";
      }
      const ::ssize_t wrote =
        ::write(descriptor_, bytes.data(),
                has_reader_ ? std::min<std::size_t>(bytes.size(), PIPE_BUF)
                            : bytes.size());
      if (wrote < 0 && errno != EINTR) {
        const int why = errno;
        torn_ = torn_ || bytes.size() < whole;
        // A named pipe may find another reader, standard output does not.
        reader_gone_ = reader_gone_ || (why == EPIPE && !owned_);
        return words_for(why);
      }
      bytes.remove_prefix(wrote > 0 ? static_cast<std::size_t>(wrote) : 0);
    }
    return {};
  }

  int descriptor_;
  bool owned_;
  bool has_reader_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<waiting_line> queue_;
  std::size_t queued_ = 0;
  std::atomic<bool> stopping_{false};
  std::atomic<bool> reader_gone_{false};
  /// Only the thread's.
  bool torn_ = false;
  /// Only the thread's; found while stopping.
  bool reader_stuck_ = false;
  std::mutex join_mutex_;
  std::thread thread_;
};

} // namespace

result<std::unique_ptr<file_sink>>
open_file_sink(const std::filesystem::path& path) {
  const bool standard_output = path == "-";
  int descriptor = STDOUT_FILENO;
  if (!standard_output) {
    constexpr mode_t owner_only = 0600;
    descriptor =
      ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOCTTY,
             owner_only);
    if (descriptor < 0) {
      return fail(otlp_errc::cannot_open,
                  path.string() + ": " + words_for(errno));
    }
  }
  auto sink = std::make_unique<descriptor_sink>(descriptor, !standard_output);
  if (!sink->start()) {
    return fail(otlp_errc::no_thread, path.string());
  }
  return std::unique_ptr<file_sink>{std::move(sink)};
}

} // namespace pgmuster
