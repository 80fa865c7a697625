// Something that a connector thread drives: it names what it waits for, and is
// stepped when that has come or its time has.
#pragma once

#include "config/time.hpp"

#include <poll.h>

#include <span>
#include <vector>

namespace pgmuster::postgres {

class loop_task {
public:
  virtual ~loop_task() = default;

  /// Appends the descriptors waited for. Asked anew before every wait, since
  /// libpq may change its socket under the same number.
  virtual void waits_for(std::vector<pollfd>& out) const = 0;

  /// When to step even if no descriptor is ready.
  [[nodiscard]] virtual mono_time due() const = 0;

  /// `ready` are those of `waits_for`, in order. False: finished. Must not
  /// block.
  virtual bool step(std::span<const pollfd> ready, mono_time now) = 0;

  /// The process is stopping: answer whoever waits; no step follows.
  virtual void abandon() = 0;
};

} // namespace pgmuster::postgres
