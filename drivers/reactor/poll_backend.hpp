// What differs between io_uring and epoll: how a poll is begun, ended and
// waited for. Used by the loop's thread only.
#pragma once

#include "drivers/reactor/reactor.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace pgmuster {

struct poll_interest {
  bool read = false;
  bool write = false;
  bool operator==(const poll_interest&) const = default;
};

/// One completion. Each begun poll yields one `polled`, also if it was ended;
/// each end that was not settled at once yields one `ended`. So a slot whose
/// completions have all come is known to nobody but its owner.
struct poll_completion {
  enum class kind : std::uint8_t { polled, ended, synced };
  kind what = kind::polled;
  /// Of a sync: the number it was begun with.
  std::uint32_t slot = 0;
  readiness ready;
  /// Of a sync: 0 or errno.
  int failed = 0;
};

class poll_backend {
public:
  virtual ~poll_backend() = default;

  /// Begins a one-shot poll. False: the descriptor cannot be polled.
  virtual bool
  begin(std::uint32_t slot, int descriptor, poll_interest interest) = 0;

  /// Ends what the slot has with this descriptor. True: settled, no completion
  /// of the slot follows. `pending`: a begun poll has not completed.
  virtual bool end(std::uint32_t slot, int descriptor, bool pending) = 0;

  /// Begins a sync, which yields one `synced`.
  virtual void begin_sync(std::uint32_t number, int descriptor) = 0;

  /// Hands over what was begun, waits at most until something completes, the
  /// wake-up descriptor is written to, or `at_most` has passed (empty: no
  /// bound), and appends at most `completions_per_step`.
  virtual void wait(std::optional<nanoseconds> at_most,
                    std::vector<poll_completion>& completions) = 0;

  [[nodiscard]] virtual std::string_view name() const noexcept = 0;

  /// How often the kernel could not take what was handed over at once.
  [[nodiscard]] virtual std::uint64_t retries() const noexcept { return 0; }

  /// Bound of one step, so that a busy descriptor cannot hold up the timers.
  static constexpr std::size_t completions_per_step = 256;
};

} // namespace pgmuster
