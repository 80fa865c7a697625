// Which frames of an exporter go to the spool, in which order, and which
// sub-queue is read back next: what is on disk comes before what is fresh.
#pragma once

#include "config/spool_config.hpp"
#include "routing/export_queue.hpp"

#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <vector>

namespace pgmuster {

struct backlog_rules {
  delivery_order ordering = delivery_order::strict;
  spool_mode mode = spool_mode::overflow;
  /// Frames that wait to be written; past it the oldest go.
  byte_count waiting_max = limits::exporter_queue_max;
  /// After the spool refused a frame, until it is asked again.
  milliseconds ask_again_after{1'000};
};

/// Stands between an exporter's queue and the spool. Frames that it has are on
/// their way to the disk; it knows only of sub-queues what the disk has. One
/// write at a time a sub-queue, so that a refusal disturbs no order. Pure.
class backlog {
public:
  using entry = export_queue::entry;
  /// Tenant and ordering shard.
  using key = std::pair<tenant_id, std::size_t>;

  explicit backlog(backlog_rules rules) : rules_(rules) {}

  /// The sub-queues that an earlier run left frames of. Until it is told, each
  /// may be one. Returns what need not be written any more.
  [[nodiscard]] std::vector<entry> found(const std::set<key>& earlier);

  /// A fresh frame: returned if it is to be sent from memory. `behind_bare`:
  /// the queue has frames of its sub-queue that the spool refused; until they
  /// are gone none that follows is written first, or a later spill would turn
  /// their order round.
  [[nodiscard]] std::optional<entry> take_in(entry fresh, bool behind_bare);
  /// Frames that cannot be sent now, in their order, as the queue handed them
  /// out.
  void take_out(std::vector<entry> waiting);

  struct order {
    key of;
    std::shared_ptr<const frame> what;
  };
  /// Something to write, if any; its sub-queue waits for the outcome.
  [[nodiscard]] std::optional<order> next_write(mono_time now);
  /// Written and kept for us.
  struct written {
    enum class next : std::uint8_t {
      /// It is to be sent from memory.
      send,
      /// The spool's is the only copy from now on.
      stay,
      /// The queue has it and goes on with it; it may even have ended.
      nothing
    };
    entry what;
    next then = next::stay;
  };
  [[nodiscard]] written wrote(const key& of);
  /// The spool refuses; returns what is to be sent from memory instead.
  [[nodiscard]] std::vector<entry> not_wrote(const key& of, mono_time now);
  /// False for a while after a refusal.
  [[nodiscard]] bool spool_takes(mono_time now) const noexcept {
    return now >= ask_again_at_;
  }

  /// The next sub-queue in turn that has frames on disk, is not being read and
  /// is wanted.
  [[nodiscard]] std::optional<key>
  next_read(const std::function<bool(const key&)>& wanted);
  /// `drained`: nothing was left behind what was read. Returns what need not be
  /// written any more.
  [[nodiscard]] std::vector<entry> read(const key& of, bool drained);
  /// A frame that the spool has is its only copy again.
  void gave_back(const key& of);
  /// Something may be on disk or be read now.
  [[nodiscard]] bool anything_on_disk() const noexcept;

  /// Its owner has died: the leases it holds end as what is let go.
  void let_go();
  /// Drops all that is to be written.
  void abandon(drop_reason why);
  /// Nothing is to be written or being written.
  [[nodiscard]] bool empty() const noexcept { return frames_ == 0; }
  [[nodiscard]] std::size_t frames() const noexcept { return frames_; }
  [[nodiscard]] byte_count bytes() const noexcept { return byte_count{bytes_}; }
  /// Adds the leases that it has.
  void list(export_queue::held_leases& into) const;

private:
  struct held {
    entry what;
    /// It cannot be sent now, so it stays on disk.
    bool stays = false;
    [[nodiscard]] bool only_a_copy() const noexcept { return what.in_queue; }
  };
  struct sub_queue {
    std::deque<held> to_write;
    bool writing = false;
    bool on_disk = false;
    bool reading = false;
    /// Frames came to the disk since the reading began.
    bool grew = false;
  };
  using sub_queues = std::map<key, sub_queue>;

  /// The disk has, or may have, frames that come before a fresh one.
  [[nodiscard]] bool disk_first(const sub_queue& of) const noexcept;
  void keep(entry what, bool stays);
  /// The frame whose copy was asked for and is not written yet.
  [[nodiscard]] held* copy_of(const key& which, const delivery_lease& lease);
  held release_front(sub_queues::iterator from);
  [[nodiscard]] std::vector<entry> let_go(sub_queues::iterator from);
  void note(sub_queues::iterator changed);
  void trim();

  backlog_rules rules_;
  sub_queues queues_;
  /// Sub-queues with something to write and no write under way.
  std::set<key> writable_;
  /// Sub-queues with frames on disk and no reading under way.
  std::set<key> readable_;
  std::size_t reading_ = 0;
  key last_read_;
  bool known_ = false;
  mono_time ask_again_at_ = mono_time::min();
  std::size_t frames_ = 0;
  std::uint64_t bytes_ = 0;
};

} // namespace pgmuster
