// A batch of orders is obeyed, then what it changed is written down, then syncs
// are asked for: so many small frames cost few of each.
#include "drivers/spool/spool_thread.hpp"

#include <fmt/format.h>

#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

namespace pgmuster::spooling {
namespace {

constexpr seconds sync_every{1};
constexpr std::uint64_t quarantine_segments = 16;
/// So that a stop is seen, and a full disk looked at again.
constexpr seconds look_every{1};
constexpr std::uint64_t room_tried_min = 64U * 1024;

store_limits limits_of_frames(const spool_options& options) {
  return {options.bytes_max, options.route_bytes_max, options.segment_bytes};
}

store_limits limits_of_poison(const spool_options& options) {
  const auto all = options.quarantine_bytes_max;
  return {all, all, byte_count{all.value() / quarantine_segments}};
}

} // namespace

spool_thread::spool_thread(spool_options options,
                           folder_lock lock,
                           reactor& loop,
                           clock_source& clock,
                           spool_listener& told)
  : options_(std::move(options)),
    lock_(std::move(lock)),
    loop_(loop),
    clock_(clock),
    told_(told),
    frames_(options_.directory / frames_folder,
            limits_of_frames(options_),
            fresh_salt),
    poison_(options_.directory / quarantine_folder,
            limits_of_poison(options_),
            fresh_salt) {}

spool_thread::~spool_thread() {
  stop();
}

bool spool_thread::start() {
  try {
    thread_ = std::thread{[this] { run(); }};
    return true;
  } catch (const std::system_error&) {
    return false;
  }
}

void spool_thread::run() {
  // Signals are for the main thread.
  sigset_t all;
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, nullptr);
  pthread_setname_np(pthread_self(), "spool");
  tell_what_is_there();
  auto stopping = false;
  while (!stopping) {
    auto orders = await_orders(stopping);
    look_for_gone();
    look_at_room();
    for (auto& one : orders) {
      std::visit([this](auto& what) { obey(what); }, one);
    }
    settle();
  }
  close_down();
}

void spool_thread::tell_what_is_there() {
  for (auto* store : {&frames_, &poison_}) {
    if (auto opened = store->open(true); !opened) {
      note_failure(opened.error());
    }
    for (const auto& refused : store->refused()) {
      told_.warned("a segment is left as it is: " + refused.words);
    }
    if (!store->left_unknown().empty()) {
      told_.warned("what the run before left in the spool is not known: "
                   + store->left_unknown());
    }
  }
  const auto losses = frames_.take_losses();
  std::map<partition_key, std::uint64_t> left;
  for (const auto& one : frames_.waiting()) {
    left[one.of] += one.points;
  }
  for (const auto& one : losses) {
    left[one.of] += one.what.points;
  }
  for (const auto& [of, points] : left) {
    told_.recovered(of, points);
  }
  for (const auto& one : losses) {
    counts_.corrupt_bytes += one.what.bytes;
    told_.lost(one.of, one.what);
  }
  // What is damaged of the quarantine is in no book any more.
  for (const auto& one : poison_.take_losses()) {
    counts_.corrupt_bytes += one.what.bytes;
  }
  for (auto* store : {&frames_, &poison_}) {
    store->forget_missing();
    store->begin_changes();
  }
  next_sync_ = clock_.mono() + sync_every;
  settle();
}

std::deque<spool_thread::order> spool_thread::await_orders(bool& stopping) {
  std::unique_lock lock{mutex_};
  changed_.wait_for(lock, look_every,
                    [this] { return stopping_ || !orders_.empty(); });
  queued_bytes_ = 0;
  stopping = stopping_ && orders_.empty() && syncing_ == 0 && to_sync_.empty();
  if (stopping_ && orders_.empty() && !stopping) {
    // Only completions of syncs can come any more.
    changed_.wait_for(lock, look_every, [this] { return !orders_.empty(); });
  }
  return std::exchange(orders_, {});
}

std::optional<error> spool_thread::refuse() const {
  if (counts_.state == spool_state::writing || clock_.mono() >= try_again_at_) {
    return std::nullopt;
  }
  return fail(counts_.state == spool_state::disk_full
                ? spool_errc::disk_full
                : spool_errc::cannot_write);
}

void spool_thread::look_at_room() {
  if (refuse()) {
    return;
  }
  auto left = free_bytes(options_.directory);
  if (left < options_.free_min.value()
      || counts_.state != spool_state::writing) {
    // What is done with may be all that is in the way.
    frames_.give_back();
    left = free_bytes(options_.directory);
  }
  if (left < options_.free_min.value()) {
    note_failure(fail(spool_errc::disk_full,
                      fmt::format("{} bytes are free, {} are to stay free",
                                  left, options_.free_min.value())));
    return;
  }
  if (counts_.state != spool_state::writing) {
    // Tried without a frame: there may be none for hours.
    if (auto room = frames_.try_room(std::max(room_wanted_, room_tried_min));
        !room) {
      note_failure(room.error());
      return;
    }
    note_success();
  }
}

void spool_thread::note_failure(const error& why) {
  const auto now = why.code == spool_errc::disk_full ? spool_state::disk_full
                                                     : spool_state::failing;
  try_again_at_ = clock_.mono() + options_.try_again_after;
  if (counts_.state != now) {
    counts_.state = now;
    told_.said(now, "the spool takes no frames: " + describe(why));
  }
}

void spool_thread::note_success() {
  if (counts_.state != spool_state::writing) {
    counts_.state = spool_state::writing;
    told_.said(spool_state::writing, "the spool takes frames again");
  }
}

void spool_thread::obey(append_order& what) {
  if (auto refused = refuse()) {
    ++counts_.refused_frames;
    what.done(std::move(*refused));
    return;
  }
  const auto later = options_.sync == sync_policy::always;
  // Nobody may read what the disk does not have yet.
  auto written = frames_.append(*what.what, {}, clock_.wall(),
                                later ? custody::kept : what.as);
  tell_losses();
  if (!written) {
    ++counts_.refused_frames;
    if (written.error().code != spool_errc::too_large) {
      room_wanted_ = what.what->payload.size() + records_begin;
      note_failure(written.error());
    }
    what.done(written.error());
    return;
  }
  note_success();
  ++counts_.written_frames;
  counts_.written_bytes += what.what->payload.size();
  if (later) {
    current_.owed.push_back(
      {std::move(what.done), partition_of(*what.what), *written, what.as});
  } else {
    what.done(*written);
  }
}

void spool_thread::obey(read_order& what) {
  auto frames = frames_.take(what.from, what.bytes_max);
  tell_losses();
  for (const auto& one : frames) {
    ++counts_.read_frames;
    counts_.read_bytes += one.what->payload.size();
  }
  what.done(std::move(frames));
}

void spool_thread::obey(const end_order& what) {
  if (what.acknowledged) {
    frames_.acknowledge(what.of, what.which);
  } else {
    frames_.release(what.of, what.which);
    tell_losses();
  }
}

void spool_thread::obey(quarantine_order& what) {
  if (auto refused = refuse()) {
    what.done(std::move(*refused));
    return;
  }
  what.words.resize(std::min(what.words.size(), words_bytes_max));
  auto written = poison_.append(*what.what, std::move(what.words),
                                clock_.wall(), custody::waiting);
  for (const auto& one : poison_.take_losses()) {
    told_.quarantine_trimmed(one.what.frames, one.what.points);
  }
  if (!written) {
    if (written.error().code != spool_errc::too_large) {
      note_failure(written.error());
    }
    what.done(written.error());
    return;
  }
  note_success();
  what.done({});
}

void spool_thread::obey(waiting_order& what) {
  what.done(frames_.waiting());
}

void spool_thread::tell_losses() {
  for (const auto& one : frames_.take_losses()) {
    if (one.what.why == spool_loss::reason::corrupt) {
      counts_.corrupt_bytes += one.what.bytes;
    }
    told_.lost(one.of, one.what);
  }
}

void spool_thread::settle() {
  for (auto* store : {&frames_, &poison_}) {
    // What cannot be written down now is tried again with the next batch.
    if (auto done = store->settle(); !done) {
      note_failure(done.error());
    }
  }
  if (options_.sync == sync_policy::always) {
    sync(true);
  } else if (options_.sync == sync_policy::each_second
             && (frames_.take_rotated() || clock_.mono() >= next_sync_)) {
    sync(false);
    next_sync_ = clock_.mono() + sync_every;
  }
  begin_syncs();
  publish();
}

void spool_thread::publish() {
  const auto frames = frames_.sums();
  const auto poison = poison_.sums();
  counts_.segments = frames.segments;
  counts_.bytes = frames.bytes;
  counts_.frames_waiting = frames.frames;
  counts_.points_waiting = frames.points;
  counts_.quarantined_frames = poison.frames;
  counts_.quarantined_bytes = poison.bytes;
  counts_.refused_segments =
    frames_.refused().size() + poison_.refused().size();
  const std::lock_guard lock{mutex_};
  shown_ = counts_;
}

} // namespace pgmuster::spooling
