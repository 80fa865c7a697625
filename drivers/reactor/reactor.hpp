// One thread that waits: one-shot readiness of descriptors, and timers on a
// 10 ms wheel. Backends: io_uring and epoll, the same behaviour.
#pragma once

#include "config/configuration.hpp"
#include "config/result.hpp"
#include "config/time.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace pgmuster {

struct readiness {
  bool readable = false;
  bool writable = false;
  /// Error or hang-up; the owner finds out which by using the descriptor.
  bool failed = false;
};

/// Names a watched descriptor; a stale token (older generation) is ignored. A
/// default token is always stale.
struct watch_token {
  std::uint32_t slot = 0;
  std::uint32_t generation = 0;
  bool operator==(const watch_token&) const = default;
};

struct timer_token {
  std::uint32_t slot = 0;
  std::uint32_t generation = 0;
  bool operator==(const timer_token&) const = default;
};

/// What the loop has done since it started, and what waits in it now.
struct reactor_counts {
  std::uint64_t loops = 0;
  /// Times it had gone to sleep and was woken, by whatever.
  std::uint64_t wakeups = 0;
  std::uint64_t tasks_run = 0;
  std::uint64_t ready_delivered = 0;
  std::uint64_t timers_fired = 0;
  /// Submissions that the kernel took only at a second try.
  std::uint64_t submission_retries = 0;
  std::uint64_t timers_pending = 0;
  std::uint64_t commands_pending = 0;
};

/// All members may be called from any thread, also from callbacks. Callbacks
/// run on the reactor's thread and must not block.
class reactor {
public:
  virtual ~reactor() = default;

  /// Registers a descriptor; nothing is waited for until `arm`. The descriptor
  /// stays the caller's and must stay open until `unwatch` has called back.
  virtual watch_token watch(int descriptor,
                            std::function<void(readiness)> on_ready) = 0;

  /// One shot: at most one `on_ready` per call. Arming again while armed
  /// replaces the interest. A descriptor that cannot be polled is `failed`.
  virtual void arm(watch_token token, bool read, bool write) = 0;

  /// Cancels and reaps a pending poll, then calls `when_gone` (also if the
  /// token was stale); no `on_ready` follows. Only then may the descriptor be
  /// closed: a pending io_uring poll keeps the socket alive. After `stop` it
  /// calls back at once, on the caller's thread.
  virtual void unwatch(watch_token token, std::function<void()> when_gone) = 0;

  /// Fires once, at the first wheel step at or after `due`.
  virtual timer_token start_timer(mono_time due,
                                  std::function<void()> on_due) = 0;
  virtual void cancel_timer(timer_token token) = 0;

  /// Has the kernel write a file's data to its disk (fdatasync), off this
  /// thread. Calls back once with 0 or errno, on the reactor's thread; after
  /// `stop` at once with ECANCELED. The descriptor stays open until then.
  virtual void sync_file(int descriptor, std::function<void(int)> done) = 0;

  /// Runs `task` on the reactor's thread soon, in the order posted.
  virtual void post(std::function<void()> task) = 0;

  /// Finishes posted tasks and syncs, reaps pending polls, destroys all
  /// callbacks on the reactor's thread and joins it. Idempotent; from any
  /// thread but its own. Afterwards watch, arm, start_timer and post do
  /// nothing.
  virtual void stop() = 0;

  /// "io_uring" or "epoll".
  [[nodiscard]] virtual std::string_view backend() const noexcept = 0;
  /// Watched descriptors now.
  [[nodiscard]] virtual std::size_t watched() const noexcept = 0;
  [[nodiscard]] virtual reactor_counts counts() const noexcept = 0;
};

/// Starts a reactor. `automatic` tries io_uring in a forked child first and
/// falls back to epoll; `io_uring` fails where it cannot be had. `why` receives
/// one sentence for the log. Call it before other threads exist. Errors:
/// reactor_errc.
[[nodiscard]] result<std::unique_ptr<reactor>>
start_reactor(reactor_choice choice, std::string& why);

} // namespace pgmuster
