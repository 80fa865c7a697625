// Frames leave the queue for the spool: from the back, so that what stays goes
// first.
#include "routing/export_queue.hpp"

#include <algorithm>
#include <utility>

namespace pgmuster {

std::vector<export_queue::entry>
export_queue::take_waiting(const std::function<bool(const entry&)>& begins) {
  std::vector<entry> taken;
  for (auto& [key, queue] : queues_) {
    auto& frames = queue.frames;
    const auto waiting = frames.begin() + (queue.ticket != 0 ? 1 : 0);
    const auto first =
      std::find_if(waiting, frames.end(), [&begins](const held& one) {
        return one.part_of == nullptr && begins(one.what);
      });
    if (first == frames.end()) {
      continue;
    }
    for (auto at = frames.begin(); at != first; ++at) {
      if (at->part_of == nullptr && !at->what.lease->has_copy()) {
        taken.push_back(at->what);
        taken.back().in_queue = true;
      }
    }
    for (auto at = first; at != frames.end(); ++at) {
      waiting_bytes_ -= at->what.what->payload.size();
      waiting_by_arrival_.erase(waiting_by_arrival_.find(at->arrived));
      taken.push_back(std::move(at->what));
    }
    frames.erase(first, frames.end());
  }
  return taken;
}

std::vector<export_queue::entry> export_queue::take_all() {
  std::vector<entry> taken;
  for (auto& [key, queue] : queues_) {
    auto& frames = queue.frames;
    for (auto at = frames.begin(); at != frames.end();) {
      if (at->part_of != nullptr) {
        ++at;
        continue;
      }
      if (queue.ticket != 0 && at == frames.begin()) {
        in_flight_.erase(std::exchange(queue.ticket, 0));
      } else {
        waiting_bytes_ -= at->what.what->payload.size();
        waiting_by_arrival_.erase(waiting_by_arrival_.find(at->arrived));
      }
      taken.push_back(std::move(at->what));
      at = frames.erase(at);
    }
  }
  return taken;
}

bool export_queue::has(const tenant_id& tenant,
                       std::size_t shard,
                       bool replayed) const {
  const auto at = queues_.find(key_of(tenant, shard, replayed));
  return at != queues_.end() && !at->second.frames.empty();
}

bool export_queue::has_bare(const tenant_id& tenant, std::size_t shard) const {
  const auto at = queues_.find(key_of(tenant, shard, false));
  return at != queues_.end()
         && std::any_of(
           at->second.frames.begin(), at->second.frames.end(),
           [](const held& one) { return !one.what.lease->has_copy(); });
}

} // namespace pgmuster
