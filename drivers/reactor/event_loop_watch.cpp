// What happens to one watched descriptor. Only the loop's thread touches the
// backend and the entries.
#include "drivers/reactor/event_loop.hpp"

#include <utility>

namespace pgmuster {

void event_loop::obey(watch_command& command) {
  auto& entry = table_.insert(command.token);
  entry.descriptor = command.descriptor;
  entry.on_ready = std::move(command.on_ready);
}

void event_loop::obey(arm_command& command) {
  auto* entry = table_.find(command.token);
  if (entry == nullptr || entry->leaving() || shutting_down_) {
    return;
  }
  const auto same = entry->armed && entry->interest == command.interest;
  entry->interest = command.interest;
  if (same) {
    return;
  }
  if (entry->armed && !entry->ending) {
    end_poll(command.token.slot);
  }
  entry->armed = true;
  if (entry->owed == 0) {
    begin_poll(command.token.slot);
  }
}

void event_loop::obey(unwatch_command& command) {
  if (!command.when_gone) {
    command.when_gone = [] {};
  }
  auto* entry = table_.find(command.token);
  if (entry == nullptr) {
    command.when_gone();
    return;
  }
  entry->when_gone.push_back(std::move(command.when_gone));
  if (entry->when_gone.size() > 1) {
    return;
  }
  entry->armed = false;
  if (!entry->ending) {
    end_poll(command.token.slot);
  }
  settle(command.token.slot);
}

void event_loop::obey(sync_command& command) {
  // Numbers come round; one of a sync still under way is passed over.
  do {
    ++sync_numbers_;
  } while (syncs_.count(sync_numbers_) != 0);
  syncs_.emplace(sync_numbers_, std::move(command.done));
  ++owed_;
  backend_->begin_sync(sync_numbers_, command.descriptor);
}

void event_loop::complete_sync(const poll_completion& completion) {
  --owed_;
  if (const auto done = syncs_.extract(completion.slot)) {
    done.mapped()(completion.failed);
  }
}

void event_loop::complete(const poll_completion& completion) {
  if (completion.what == poll_completion::kind::synced) {
    complete_sync(completion);
    return;
  }
  auto& entry = table_.at(completion.slot);
  --entry.owed;
  --owed_;
  if (entry.ending) {
    settle(completion.slot);
  } else if (entry.armed) {
    deliver(completion.slot, completion.ready);
  }
}

void event_loop::deliver(std::uint32_t slot, readiness ready) {
  auto& entry = table_.at(slot);
  entry.armed = false;
  if (shutting_down_ || !entry.on_ready) {
    return;
  }
  bump(counts_.ready_delivered);
  entry.on_ready(ready);
}

void event_loop::begin_poll(std::uint32_t slot) {
  auto& entry = table_.at(slot);
  if (backend_->begin(slot, entry.descriptor, entry.interest)) {
    ++entry.owed;
    ++owed_;
  } else {
    unpollable_.push_back(slot);
  }
}

/// Afterwards the entry owes nothing (settled) or is `ending`.
void event_loop::end_poll(std::uint32_t slot) {
  auto& entry = table_.at(slot);
  if (backend_->end(slot, entry.descriptor, entry.owed > 0)) {
    owed_ -= entry.owed;
    entry.owed = 0;
  } else {
    ++entry.owed;
    ++owed_;
    entry.ending = true;
  }
}

/// Goes on with an entry once nothing is owed to it any more.
void event_loop::settle(std::uint32_t slot) {
  auto& entry = table_.at(slot);
  if (entry.owed > 0) {
    return;
  }
  entry.ending = false;
  if (entry.leaving()) {
    leave(slot);
  } else if (entry.armed && !shutting_down_) {
    begin_poll(slot);
  }
}

void event_loop::leave(std::uint32_t slot) {
  const auto left = table_.erase(slot);
  for (const auto& when_gone : left.when_gone) {
    when_gone();
  }
}

} // namespace pgmuster
