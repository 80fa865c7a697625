// One thread that waits: one-shot readiness of descriptors, and timers on a
// 10 ms wheel. Backends: io_uring and epoll, the same behaviour.
#pragma once

#include "config/configuration.hpp"
#include "config/result.hpp"
#include "config/time.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>

namespace pgmuster {

struct readiness {
  bool readable = false;
  bool writable = false;
  /// Error or hang-up; the owner finds out which by using the descriptor.
  bool failed = false;
};

/// Names a watched descriptor; a stale token (older generation) is ignored.
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
  /// replaces the interest.
  virtual void arm(watch_token token, bool read, bool write) = 0;

  /// Cancels and reaps a pending poll, then calls `when_gone` (also if the
  /// token was stale); no `on_ready` follows. Only then may the descriptor be
  /// closed: a pending io_uring poll keeps the socket alive.
  virtual void unwatch(watch_token token, std::function<void()> when_gone) = 0;

  /// Fires once, at the first wheel step at or after `due`.
  virtual timer_token start_timer(mono_time due,
                                  std::function<void()> on_due) = 0;
  virtual void cancel_timer(timer_token token) = 0;

  /// Runs `task` on the reactor's thread soon, in the order posted.
  virtual void post(std::function<void()> task) = 0;

  /// Finishes pending tasks, drops callbacks, joins the thread. Idempotent.
  virtual void stop() = 0;

  /// "io_uring" or "epoll".
  [[nodiscard]] virtual std::string_view backend() const noexcept = 0;
  /// Watched descriptors now.
  [[nodiscard]] virtual std::size_t watched() const noexcept = 0;
};

/// Starts a reactor. `automatic` tries io_uring in a forked child first and
/// falls back to epoll; `why` receives one sentence for the log. Call it before
/// other threads exist.
[[nodiscard]] result<std::unique_ptr<reactor>>
start_reactor(reactor_choice choice, std::string& why);

} // namespace pgmuster
