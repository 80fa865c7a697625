// Does for one exporter what its backlog decides: writes to the spool, reads
// back, and tells the spool when a copy may go.
#pragma once

#include "actors/messages.hpp"
#include "actors/services.hpp"
#include "routing/backlog.hpp"

namespace pgmuster {

class exporter_backlog {
public:
  /// `queue` is the exporter's and outlives this.
  exporter_backlog(std::shared_ptr<services> shared,
                   const route_config& route,
                   std::size_t shard,
                   export_queue& queue);

  /// Without a spool all frames go straight to the queue.
  [[nodiscard]] bool spooling() const noexcept {
    return shared_->spool != nullptr;
  }
  /// Asks what an earlier run, or an earlier actor, left.
  void begin(const caf::actor& self);

  void take_in(export_queue::entry fresh);
  void on_found(const backlog_found& found);
  void on_written(const frame_written& written);
  void on_read(const frames_read& read);

  /// Moves what cannot be sent now towards the disk, and reads back what can.
  void move(const caf::actor& self);
  /// Nothing is read back any more; `at_once`: all that is here goes to disk.
  void stop(bool at_once);

  /// The exporter has died: what it holds ends as what is let go.
  void let_go() { of_.let_go(); }

  /// Nothing is on its way to the disk.
  [[nodiscard]] bool empty() const noexcept { return of_.empty(); }
  /// Frames wait on the disk, or are on their way there.
  [[nodiscard]] bool holds_anything() const noexcept {
    return !of_.empty() || of_.anything_on_disk();
  }
  /// When `move` may have something to do; empty: when something comes.
  [[nodiscard]] std::optional<mono_time> wake_at(mono_time now) const;
  /// Adds the leases that it has.
  void list(export_queue::held_leases& held) const { of_.list(held); }
  [[nodiscard]] std::size_t frames() const noexcept { return of_.frames(); }
  [[nodiscard]] byte_count bytes() const noexcept { return of_.bytes(); }

private:
  void offer(export_queue::entry what);
  void offer(std::vector<export_queue::entry> frames);
  void spill(mono_time now);
  void write(const caf::actor& self, mono_time now);
  void read(const caf::actor& self, mono_time now);
  [[nodiscard]] bool memory_is_short() const;
  [[nodiscard]] spooling::partition_key
  partition_of(const backlog::key& which) const;
  /// What becomes of the spool's copy when the lease ends.
  [[nodiscard]] delivery_lease::copy_owner
  owner_of(const backlog::key& which, spooling::record_position where) const;

  std::shared_ptr<services> shared_;
  route_name route_;
  std::size_t shard_;
  std::size_t shards_;
  bool relaxed_;
  bool always_;
  export_queue& queue_;
  backlog of_;
  bool reading_ = false;
  bool stopping_ = false;
  bool at_once_ = false;
};

} // namespace pgmuster
