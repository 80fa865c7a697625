// Every message of the program; who sends it to whom, and what it means.
#pragma once

#include "actors/audit_pass.hpp"
#include "actors/caf_compat.hpp"
#include "actors/taken_frames.hpp"
#include "codec/export_verdict.hpp"
#include "codec/frame.hpp"
#include "codec/points.hpp"
#include "drivers/admin/status_board.hpp"
#include "drivers/postgres/session.hpp"
#include "routing/lease.hpp"
#include "routing/permit_pool.hpp"

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace pgmuster {

// -- to a database actor
// -------------------------------------------------------

/// From the timer wheel: a cycle is due.
struct tick {
  mono_time due{};
};

/// From the reactor: the session's socket is ready. Stale generations are
/// ignored.
struct socket_ready {
  std::uint64_t generation = 0;
};

/// From a connector thread: how connecting ended.
struct connect_finished {
  std::uint64_t generation = 0;
  /// In a shared_ptr since messages are copyable; taken by the receiver.
  std::shared_ptr<result<std::unique_ptr<postgres::session>>> outcome;
};

/// From the timer wheel: the running cycle has had its time.
struct cycle_deadline {
  std::uint64_t generation = 0;
};

/// From the target: one connection may be made. The permit goes with it and
/// comes back when the server has closed it; dropped unused, at once.
struct permit_granted {
  permit_pool::permit permit;
};

/// From the owner: finish what is running, then quit.
struct close_down {};

// -- to a target actor
// ---------------------------------------------------------

/// "" is the instance's own.
struct permit_wanted {
  std::string database;
};
/// From whoever let go of a connection: there may be a permit again.
struct permit_returned {};

struct found_database {
  std::int64_t oid = 0;
  std::string name;
};

/// From the instance's database actor: the databases that may be collected.
struct databases_found {
  std::shared_ptr<const std::vector<found_database>> list;
  /// Listed in the configuration and not there.
  std::vector<std::string> absent;
  /// Selected, and beyond the limit.
  std::size_t turned_away = 0;
};

/// From a database actor: how a cycle went.
struct cycle_report {
  std::string database;
  /// Filled by the instance's actor only; others report errors and cost.
  bool instance = false;
  std::shared_ptr<const target_status> status;
  microseconds cost{0};
  std::uint64_t points = 0;
  /// Why a database that is not the instance's own gives less than all; empty
  /// if it is whole.
  std::string trouble;
};

/// From the timer wheel, to any actor that restarts children.
struct restart_due {
  std::string child;
};

// -- through a lane
// --------------------------------------------------------------

/// One observation on its way; whoever holds the message owns what it points
/// to.
struct passing {
  std::shared_ptr<observation> seen;
  /// Whose connection it was read on; empty: the target's own.
  std::string database;
  std::shared_ptr<shaping_lease> lease;
  /// What earlier stages decided about its points.
  shaping_tally went;
  std::uint64_t made = 0;
};

/// To a text actor: texts that the process has not seen yet.
struct describe_texts {
  std::uint64_t target = 0;
  std::shared_ptr<const std::vector<entry_text>> texts;
};

/// From a text actor: their shapes, one each.
struct texts_described {
  std::uint64_t target = 0;
  std::shared_ptr<const std::vector<entry_text>> texts;
  std::shared_ptr<const std::vector<std::uint64_t>> shapes;
};

/// A database of a target is gone, or ("") the target with all of them: forget
/// its state. Travels the lane in order.
struct forget_gone {
  std::uint64_t target = 0;
  std::string database;
};

/// Cut all batches now; travels the lane in order, so that everything sent
/// before it is out. `done` is called by the frame actor.
struct flush_lane {
  std::shared_ptr<std::function<void()>> done;
};

/// Passes each stage of its lane in order, then every exporter; each leaves its
/// counts. From the auditor.
struct marker {
  std::shared_ptr<audit_pass> pass;
  std::size_t lane = 0;
};

/// To a frame actor, from the timer wheel: look for batches that are old.
struct age_check {};

// -- to an exporter actor
// ----------------------------------------------------------

struct frame_ready {
  std::shared_ptr<const frame> what;
  std::shared_ptr<delivery_lease> lease;
  /// Where it comes from.
  std::size_t lane = 0;
};

/// Memory is short: tenants keep only this share of what waits here. From the
/// watch over memory.
struct shed_frames {
  std::shared_ptr<const std::map<tenant_id, double>> keeps;
};

struct export_answered {
  std::uint64_t ticket = 0;
  export_answer answer;
  mono_time sent{};
};

/// From the quarantine's thread: it has a refused frame, or could not take it.
struct put_aside_ended {
  std::uint64_t refusal = 0;
  bool kept = false;
};

struct retry_due {};

/// From the spool: what it had when it was asked.
struct backlog_found {
  std::shared_ptr<const std::vector<spooling::partition_waiting>> waiting;
};

/// From the spool: a frame of this sub-queue is written there, or was refused.
struct frame_written {
  tenant_id tenant;
  std::size_t shard = 0;
  std::optional<spooling::record_position> where;
};

/// From the spool: the next frames of this sub-queue.
struct frames_read {
  tenant_id tenant;
  std::size_t shard = 0;
  byte_count asked;
  std::shared_ptr<taken_frames> frames;
};

/// No more frames will come: call `done` when empty; at `deadline` the rest is
/// dropped[stopping].
struct drain_exports {
  mono_time deadline{};
  std::shared_ptr<std::function<void()>> done;
};

} // namespace pgmuster

PGMUSTER_LOCAL_MESSAGE(pgmuster::tick)
PGMUSTER_LOCAL_MESSAGE(pgmuster::socket_ready)
PGMUSTER_LOCAL_MESSAGE(pgmuster::connect_finished)
PGMUSTER_LOCAL_MESSAGE(pgmuster::cycle_deadline)
PGMUSTER_LOCAL_MESSAGE(pgmuster::permit_granted)
PGMUSTER_LOCAL_MESSAGE(pgmuster::close_down)
PGMUSTER_LOCAL_MESSAGE(pgmuster::permit_wanted)
PGMUSTER_LOCAL_MESSAGE(pgmuster::permit_returned)
PGMUSTER_LOCAL_MESSAGE(pgmuster::databases_found)
PGMUSTER_LOCAL_MESSAGE(pgmuster::cycle_report)
PGMUSTER_LOCAL_MESSAGE(pgmuster::restart_due)
PGMUSTER_LOCAL_MESSAGE(pgmuster::passing)
PGMUSTER_LOCAL_MESSAGE(pgmuster::describe_texts)
PGMUSTER_LOCAL_MESSAGE(pgmuster::texts_described)
PGMUSTER_LOCAL_MESSAGE(pgmuster::forget_gone)
PGMUSTER_LOCAL_MESSAGE(pgmuster::flush_lane)
PGMUSTER_LOCAL_MESSAGE(pgmuster::marker)
PGMUSTER_LOCAL_MESSAGE(pgmuster::age_check)
PGMUSTER_LOCAL_MESSAGE(pgmuster::frame_ready)
PGMUSTER_LOCAL_MESSAGE(pgmuster::shed_frames)
PGMUSTER_LOCAL_MESSAGE(pgmuster::export_answered)
PGMUSTER_LOCAL_MESSAGE(pgmuster::put_aside_ended)
PGMUSTER_LOCAL_MESSAGE(pgmuster::retry_due)
PGMUSTER_LOCAL_MESSAGE(pgmuster::backlog_found)
PGMUSTER_LOCAL_MESSAGE(pgmuster::frame_written)
PGMUSTER_LOCAL_MESSAGE(pgmuster::frames_read)
PGMUSTER_LOCAL_MESSAGE(pgmuster::drain_exports)
