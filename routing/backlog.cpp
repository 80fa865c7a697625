// A sub-queue's frames are, in order: in flight or read back, on disk, being
// written, to be written. Fresh ones join at the end of what there is.
#include "routing/backlog.hpp"

#include <algorithm>
#include <utility>

namespace pgmuster {

bool backlog::disk_first(const sub_queue& of) const noexcept {
  return rules_.ordering == delivery_order::strict
         && (!known_ || of.on_disk || of.reading);
}

void backlog::note(sub_queues::iterator changed) {
  const auto& [which, of] = *changed;
  if (of.to_write.empty() || of.writing) {
    writable_.erase(which);
  } else {
    writable_.insert(which);
  }
  if (of.on_disk && !of.reading) {
    readable_.insert(which);
  } else {
    readable_.erase(which);
  }
}

std::vector<backlog::entry> backlog::found(const std::set<key>& earlier) {
  known_ = true;
  for (const auto& which : earlier) {
    queues_[which].on_disk = true;
  }
  std::vector<entry> free;
  for (auto at = queues_.begin(); at != queues_.end(); ++at) {
    for (auto& one : let_go(at)) {
      free.push_back(std::move(one));
    }
  }
  return free;
}

/// What is there for order's sake alone, once nothing comes before it.
std::vector<backlog::entry> backlog::let_go(sub_queues::iterator from) {
  std::vector<entry> free;
  auto& of = from->second;
  while (rules_.mode == spool_mode::overflow && !of.writing && !disk_first(of)
         && !of.to_write.empty() && !of.to_write.front().stays) {
    free.push_back(release_front(from).what);
  }
  note(from);
  return free;
}

void backlog::keep(entry what, bool stays) {
  const key which{what.what->tenant, what.what->shard};
  const auto at = queues_.try_emplace(which).first;
  ++frames_;
  bytes_ += what.what->payload.size();
  auto& frames = at->second.to_write;
  // What comes out of the queue is older than what has not been in it.
  const auto place =
    stays ? std::find_if(frames.begin(), frames.end(),
                         [](const held& one) { return !one.stays; })
          : frames.end();
  frames.insert(place, {std::move(what), stays});
  note(at);
}

std::optional<backlog::entry> backlog::take_in(entry fresh, bool behind_bare) {
  if (rules_.mode == spool_mode::overflow || behind_bare) {
    const auto at = queues_.find({fresh.what->tenant, fresh.what->shard});
    const auto nothing_before =
      rules_.ordering == delivery_order::relaxed
      || (at == queues_.end()
            ? known_
            : !disk_first(at->second) && at->second.to_write.empty());
    if (nothing_before) {
      return fresh;
    }
  }
  keep(std::move(fresh), false);
  trim();
  return std::nullopt;
}

void backlog::take_out(std::vector<entry> waiting) {
  for (auto& one : waiting) {
    const key which{one.what->tenant, one.what->shard};
    if (one.lease->has_copy()) {
      one.lease->spool();
      gave_back(which);
    } else if (auto* asked = copy_of(which, *one.lease)) {
      // It has its place among those that are to be written.
      asked->what.in_queue = asked->what.in_queue && one.in_queue;
    } else {
      keep(std::move(one), true);
    }
  }
  trim();
}

backlog::held* backlog::copy_of(const key& which, const delivery_lease& lease) {
  const auto at = queues_.find(which);
  if (at == queues_.end()) {
    return nullptr;
  }
  auto& frames = at->second.to_write;
  const auto found =
    std::find_if(frames.begin(), frames.end(), [&lease](const held& one) {
      return one.only_a_copy() && one.what.lease.get() == &lease;
    });
  return found == frames.end() ? nullptr : &*found;
}

/// The oldest of whoever has most to write; what is being written stays.
void backlog::trim() {
  while (bytes_ > rules_.waiting_max.value()) {
    auto most = queues_.end();
    for (auto at = queues_.begin(); at != queues_.end(); ++at) {
      const auto loose =
        at->second.to_write.size() - (at->second.writing ? 1U : 0U);
      if (loose > 0
          && (most == queues_.end()
              || at->second.to_write.size() > most->second.to_write.size())) {
        most = at;
      }
    }
    if (most == queues_.end()) {
      return;
    }
    auto& frames = most->second.to_write;
    const auto oldest = frames.begin() + (most->second.writing ? 1 : 0);
    --frames_;
    bytes_ -= oldest->what.what->payload.size();
    if (!oldest->only_a_copy()) {
      oldest->what.lease->drop(drop_reason::queue_full);
    }
    frames.erase(oldest);
    note(most);
  }
}

std::optional<backlog::order> backlog::next_write(mono_time now) {
  if (!known_ || !spool_takes(now) || writable_.empty()) {
    return std::nullopt;
  }
  const auto at = queues_.find(*writable_.begin());
  at->second.writing = true;
  note(at);
  return order{at->first, at->second.to_write.front().what.what};
}

backlog::held backlog::release_front(sub_queues::iterator from) {
  auto taken = std::move(from->second.to_write.front());
  from->second.to_write.pop_front();
  --frames_;
  bytes_ -= taken.what.what->payload.size();
  return taken;
}

backlog::written backlog::wrote(const key& of) {
  ask_again_at_ = mono_time::min();
  const auto at = queues_.find(of);
  at->second.writing = false;
  auto taken = release_front(at);
  using next = written::next;
  const auto then = taken.only_a_copy()                     ? next::nothing
                    : taken.stays || disk_first(at->second) ? next::stay
                                                            : next::send;
  note(at);
  return {std::move(taken.what), then};
}

std::vector<backlog::entry> backlog::not_wrote(const key& of, mono_time now) {
  ask_again_at_ = now + rules_.ask_again_after;
  const auto at = queues_.find(of);
  at->second.writing = false;
  std::vector<entry> free;
  // With nothing on disk before them, memory is as good a place to wait.
  while (!disk_first(at->second) && !at->second.to_write.empty()) {
    auto taken = release_front(at);
    if (!taken.only_a_copy()) {
      free.push_back(std::move(taken.what));
    }
  }
  note(at);
  return free;
}

std::optional<backlog::key>
backlog::next_read(const std::function<bool(const key&)>& wanted) {
  auto at = readable_.upper_bound(last_read_);
  for (auto left = readable_.size(); left > 0; --left, ++at) {
    if (at == readable_.end()) {
      at = readable_.begin();
    }
    if (!wanted(*at)) {
      continue;
    }
    last_read_ = *at;
    const auto found = queues_.find(last_read_);
    found->second.reading = true;
    found->second.grew = false;
    ++reading_;
    note(found);
    return last_read_;
  }
  return std::nullopt;
}

std::vector<backlog::entry> backlog::read(const key& of, bool drained) {
  const auto at = queues_.find(of);
  --reading_;
  at->second.reading = false;
  at->second.on_disk = !drained || at->second.grew;
  return let_go(at);
}

void backlog::gave_back(const key& of) {
  const auto at = queues_.try_emplace(of).first;
  at->second.on_disk = true;
  at->second.grew = true;
  note(at);
}

bool backlog::anything_on_disk() const noexcept {
  return !readable_.empty() || reading_ > 0;
}

void backlog::let_go() {
  queues_.clear();
  writable_.clear();
  readable_.clear();
  reading_ = 0;
  frames_ = 0;
  bytes_ = 0;
}

void backlog::abandon(drop_reason why) {
  for (auto& [which, of] : queues_) {
    // The one that is being written keeps its place: its outcome is to come.
    while (of.to_write.size() > (of.writing ? 1U : 0U)) {
      if (!of.to_write.back().only_a_copy()) {
        of.to_write.back().what.lease->drop(why);
      }
      bytes_ -= of.to_write.back().what.what->payload.size();
      of.to_write.pop_back();
      --frames_;
    }
  }
  writable_.clear();
}

void backlog::list(export_queue::held_leases& into) const {
  for (const auto& [which, of] : queues_) {
    for (const auto& one : of.to_write) {
      into.emplace(one.what.lease.get(), which.first);
    }
  }
}

} // namespace pgmuster
