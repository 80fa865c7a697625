// Frames on disk until they are acknowledged: written and read on a thread of
// the spool's own, owned by one process at a time.
#pragma once

#include "codec/frame.hpp"
#include "config/byte_count.hpp"
#include "config/result.hpp"
#include "drivers/clock.hpp"
#include "drivers/reactor/reactor.hpp"
#include "drivers/spool/errc.hpp"
#include "drivers/spool/spool_types.hpp"

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace pgmuster::spooling {

/// Hears what becomes of points on disk. All calls come on the spool's thread.
class spool_listener {
public:
  spool_listener() = default;
  virtual ~spool_listener() = default;
  spool_listener(const spool_listener&) = delete;
  spool_listener& operator=(const spool_listener&) = delete;

  /// An earlier run left these points; they wait now. Once a partition, before
  /// anything of it is read.
  virtual void recovered(const partition_key& of, std::uint64_t points) = 0;
  /// Points that waited are gone. What the caller of `append` holds in memory
  /// is not among them.
  virtual void lost(const partition_key& of, const spool_loss& what) = 0;
  /// Quarantined frames made room for others.
  virtual void quarantine_trimmed(std::uint64_t frames,
                                  std::uint64_t points) = 0;
  /// It writes no more, or writes again.
  virtual void said(spool_state now, const std::string& words) = 0;
  /// A segment is neither read nor deleted; what was left is not known.
  virtual void warned(const std::string& words) = 0;
};

class spool {
public:
  using on_written = std::function<void(result<record_position>)>;
  using on_read = std::function<void(std::vector<spooled_frame>)>;

  virtual ~spool() = default;

  // All members may be called from any thread. Calls are obeyed in their
  // order; callbacks come on the spool's thread, or at once on the caller's if
  // the call is refused there (busy, stopped).

  /// Writes a frame at the end of its partition. `waiting`: it is replayed in
  /// its turn. `kept`: the caller still has it and will `acknowledge` or
  /// `release` it; until then it is not replayed. With sync policy `always` it
  /// calls back when the disk has it. Errors: disk_full, cannot_write, busy,
  /// too_large, stopped.
  virtual void
  append(std::shared_ptr<const frame> what, custody as, on_written done) = 0;

  /// The oldest waiting frames of a partition, at least one if any waits and
  /// then as many as `bytes_max` allows; they are the caller's to acknowledge
  /// or to release. Empty: nothing waits.
  virtual void read(partition_key from, byte_count bytes_max, on_read done) = 0;

  /// The frame is done with, however it ended.
  virtual void acknowledge(const partition_key& of, record_position which) = 0;
  /// The frame waits again, in its old place. If it has been trimmed
  /// meanwhile, it is told as lost.
  virtual void release(const partition_key& of, record_position which) = 0;

  /// A frame that no destination takes, with the destination's words. Errors:
  /// as `append`.
  virtual void quarantine(std::shared_ptr<const frame> what,
                          std::string words,
                          std::function<void(result<void>)> done) = 0;

  /// Where frames wait now; told in order with all else.
  virtual void
  waiting(std::function<void(std::vector<partition_waiting>)> done) = 0;

  /// As of the last thing it did. Never blocks on the disk.
  [[nodiscard]] virtual spool_counts counts() const = 0;

  /// Does what was asked, gives way to the disk once more, lets go of the
  /// folder, joins. What waits stays for the next run. Idempotent.
  virtual void stop() = 0;
};

/// Takes the folder, looks at what an earlier run left (the listener is told
/// on the spool's thread) and starts. `loop` gives way to the disk for us and
/// outlives the spool. Errors: owned, cannot_open, no_thread.
[[nodiscard]] result<std::unique_ptr<spool>> open_spool(spool_options options,
                                                        reactor& loop,
                                                        clock_source& clock,
                                                        spool_listener& told);

} // namespace pgmuster::spooling
