// When written frames are given to the disk, and who is told of it then.
#include "drivers/spool/spool_thread.hpp"

#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace pgmuster::spooling {
namespace {

constexpr std::size_t syncs_max = 32;

error sync_failure(int failed) {
  return write_failure(failed, "giving a segment to the disk");
}

} // namespace

void spool_thread::sync(bool for_batch) {
  const auto number = ++batch_number_;
  auto& made = batches_[number];
  if (for_batch) {
    made = std::exchange(current_, {});
  }
  for (auto* store : {&frames_, &poison_}) {
    for (auto& file : store->take_unsynced()) {
      to_sync_.push_back({0, std::move(file), number});
      ++made.left;
    }
  }
  finish(number);
}

void spool_thread::begin_syncs() {
  while (syncing_ < syncs_max && !to_sync_.empty()) {
    auto next = std::move(to_sync_.front());
    to_sync_.pop_front();
    ++syncing_;
    const auto descriptor = next.file->descriptor();
    loop_.sync_file(descriptor, [this, next](int failed) mutable {
      next.failed = failed;
      {
        const std::lock_guard lock{mutex_};
        orders_.push_back(std::move(next));
        changed_.notify_one();
      }
    });
  }
}

void spool_thread::obey(synced_order& what) {
  --syncing_;
  auto failed = what.failed;
  if (failed == ECANCELED) {
    // The reactor has ended before us.
    failed = ::fdatasync(what.file->descriptor()) == 0 ? 0 : errno;
  }
  ++counts_.syncs;
  if (failed != 0) {
    ++counts_.syncs_failed;
    // What the disk did not take may be gone from memory as well: later frames
    // go to another file.
    frames_.seal();
    note_failure(sync_failure(failed));
  }
  auto& of = batches_.at(what.batch);
  --of.left;
  of.failed = failed != 0 ? failed : of.failed;
  finish(what.batch);
}

void spool_thread::finish(std::uint64_t number) {
  const auto found = batches_.find(number);
  if (found->second.left > 0) {
    return;
  }
  const auto done = std::move(found->second);
  batches_.erase(found);
  for (const auto& one : done.owed) {
    if (done.failed != 0) {
      // Its owner has it still, so this copy is done with.
      frames_.acknowledge(one.of, one.position);
      one.done(sync_failure(done.failed));
      continue;
    }
    if (one.as == custody::waiting) {
      frames_.release(one.of, one.position);
    }
    one.done(one.position);
  }
  tell_losses();
}

void spool_thread::close_down() {
  tell_gone();
  frames_.seal();
  poison_.seal();
  for (auto* store : {&frames_, &poison_}) {
    if (options_.sync != sync_policy::never) {
      for (const auto& file : store->take_unsynced()) {
        ++counts_.syncs;
        counts_.syncs_failed += ::fdatasync(file->descriptor()) == 0 ? 0U : 1U;
      }
    }
    // There is nobody left to be told that a list could not be written; what
    // is on it is sent again.
    static_cast<void>(store->settle());
    if (auto left = store->leave(); !left) {
      told_.warned("what is left in the spool is not written down: "
                   + describe(left.error()));
    }
  }
  publish();
}

} // namespace pgmuster::spooling
