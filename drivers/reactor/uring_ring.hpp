// The io_uring that we ask for: one place for its flags, so that what is tried
// at start is what is used later.
#pragma once

#include <liburing.h>

namespace pgmuster {

/// A ring of the thread that opens it: no other may touch it.
class uring_ring {
public:
  uring_ring() = default;
  uring_ring(const uring_ring&) = delete;
  uring_ring& operator=(const uring_ring&) = delete;
  ~uring_ring();

  /// 0, or the errno that the kernel gave. ENOTSUP: it lacks a feature that we
  /// rely on (waits with a time-out, completions that are never dropped).
  [[nodiscard]] int open() noexcept;

  [[nodiscard]] io_uring* get() noexcept { return &ring_; }

private:
  /// Entries between two submissions; more are submitted in between.
  static constexpr unsigned submissions = 1'024;
  /// Completions beyond it wait in the kernel.
  static constexpr unsigned completions = 8'192;

  io_uring ring_{};
  bool open_ = false;
};

} // namespace pgmuster
