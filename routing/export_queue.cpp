// Sub-queues keep order by sending only their front; fairness, retries and the
// byte bound choose among fronts.
#include "routing/export_queue.hpp"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

namespace pgmuster {
namespace {

/// What a request costs besides its bytes, so that small frames are not free.
constexpr std::uint64_t request_cost = 16 * 1024;

std::uint64_t size_of(const std::shared_ptr<const frame>& what) noexcept {
  return what->payload.size();
}

} // namespace

export_queue::export_queue(byte_count bytes_max,
                           std::size_t in_flight_max,
                           delivery_rules rules)
  : bytes_max_(bytes_max),
    in_flight_max_(std::max<std::size_t>(1, in_flight_max)),
    rules_(rules),
    breaker_(rules.breaker) {}

void export_queue::offer(entry taken) {
  const auto key =
    key_of(taken.what->tenant, taken.what->shard, taken.replayed);
  const auto at = queues_.try_emplace(key).first;
  taken.lease->weigh(size_of(taken.what));
  auto& served = served_[key.first];
  served = std::max(served, turn_);
  waiting_bytes_ += size_of(taken.what);
  waiting_by_arrival_.emplace(++arrivals_, at);
  at->second.frames.push_back({std::move(taken), 0, 0, arrivals_, nullptr});
  trim();
}

/// The oldest waiting frame of all is the first that waits of its sub-queue.
void export_queue::trim() {
  while (waiting_bytes_ > bytes_max_.value() && !waiting_by_arrival_.empty()) {
    drop_oldest(waiting_by_arrival_.begin()->second, drop_reason::queue_full);
  }
}

void export_queue::drop_oldest(sub_queues::iterator from, drop_reason why) {
  auto& queue = from->second;
  drop_waiting(from,
               queue.ticket != 0 ? std::next(queue.frames.begin())
                                 : queue.frames.begin(),
               why);
}

void export_queue::shed(const tenant_id& tenant, double keeps) {
  std::uint64_t waiting = 0;
  std::vector<std::pair<std::uint64_t, sub_queues::iterator>> theirs;
  for (auto from = queues_.lower_bound({tenant, 0});
       from != queues_.end() && from->first.first == tenant; ++from) {
    for (const auto& one : from->second.frames) {
      if (waiting_by_arrival_.count(one.arrived) != 0) {
        waiting += size_of(one.what.what);
        theirs.emplace_back(one.arrived, from);
      }
    }
  }
  std::sort(theirs.begin(), theirs.end(), [](const auto& one, const auto& two) {
    return one.first < two.first;
  });
  const auto kept =
    static_cast<std::uint64_t>(keeps * static_cast<double>(waiting));
  const auto goal = waiting_bytes_ - (waiting - std::min(waiting, kept));
  for (const auto& [arrived, from] : theirs) {
    if (waiting_bytes_ <= goal) {
      return;
    }
    drop_oldest(from, drop_reason::memory);
  }
}

/// The sub-queue stays, empty or not: the destination may have it held.
void export_queue::drop_waiting(sub_queues::iterator from,
                                std::deque<held>::iterator which,
                                drop_reason why) {
  waiting_bytes_ -= size_of(which->what.what);
  waiting_by_arrival_.erase(waiting_by_arrival_.find(which->arrived));
  end(*which, false, dropping(why));
  from->second.frames.erase(which);
}

void export_queue::drop_older(wall_time than) {
  for (auto from = queues_.begin(); from != queues_.end(); ++from) {
    auto& queue = from->second;
    while (queue.ticket == 0 && !queue.frames.empty()
           && queue.frames.front().what.what->newest < than) {
      drop_waiting(from, queue.frames.begin(), drop_reason::too_old);
    }
  }
}

/// The sendable front of the tenant that was served least; end if none.
export_queue::sub_queues::iterator export_queue::choose(mono_time now) {
  struct candidate {
    sub_queues::iterator at;
    std::pair<std::uint64_t, std::uint64_t> rank;
  };
  // Fresh ones, and replayed ones.
  std::array<candidate, 2> best{{{queues_.end(), {}}, {queues_.end(), {}}}};
  std::erase_if(queues_, [now](const auto& one) {
    return one.second.frames.empty() && one.second.held_until <= now;
  });
  for (auto at = queues_.begin(); at != queues_.end(); ++at) {
    const auto& queue = at->second;
    if (queue.ticket != 0 || queue.frames.empty() || queue.held_until > now) {
      continue;
    }
    const std::pair rank{served_[at->first.first], queue.served};
    auto& of_kind = best.at(is_replayed(at->first) ? 1 : 0);
    if (of_kind.at == queues_.end() || rank < of_kind.rank) {
      of_kind = {at, rank};
    }
  }
  if (best[0].at == queues_.end() || best[1].at == queues_.end()) {
    fresh_bytes_ = 0;
    replayed_bytes_ = 0;
    return best[0].at == queues_.end() ? best[1].at : best[0].at;
  }
  const auto all = fresh_bytes_ + replayed_bytes_;
  return replayed_bytes_ * 100 < all * replay_percent ? best[1].at : best[0].at;
}

std::optional<export_queue::sendable> export_queue::next(mono_time now) {
  if (in_flight_.size() >= in_flight_max_ || waiting_by_arrival_.empty()) {
    return std::nullopt;
  }
  if (breaker_.current() != circuit_breaker::state::closed
      && now < breaker_.retry_at()) {
    return std::nullopt;
  }
  const auto chosen = choose(now);
  if (chosen == queues_.end() || !breaker_.allows(now)) {
    return std::nullopt;
  }
  auto& queue = chosen->second;
  auto& front = queue.frames.front();
  auto& served = served_[chosen->first.first];
  turn_ = std::max(turn_, served);
  served += size_of(front.what.what) + request_cost;
  (is_replayed(chosen->first) ? replayed_bytes_ : fresh_bytes_) +=
    size_of(front.what.what) + request_cost;
  queue.ticket = ++tickets_;
  queue.served = queue.ticket;
  waiting_bytes_ -= size_of(front.what.what);
  waiting_by_arrival_.erase(waiting_by_arrival_.find(front.arrived));
  in_flight_.emplace(queue.ticket, chosen);
  return sendable{queue.ticket, front.what.what, ++front.attempts,
                  front.part_of != nullptr};
}

export_queue::held export_queue::take_out(sub_queues::iterator from) {
  auto& queue = from->second;
  in_flight_.erase(std::exchange(queue.ticket, 0));
  auto taken = std::move(queue.frames.front());
  queue.frames.pop_front();
  if (queue.frames.empty()) {
    queues_.erase(from);
  }
  return taken;
}

void export_queue::put_back(sub_queues::iterator at, mono_time not_before) {
  auto& queue = at->second;
  const auto& front = queue.frames.front();
  in_flight_.erase(std::exchange(queue.ticket, 0));
  queue.held_until = not_before;
  waiting_bytes_ += size_of(front.what.what);
  waiting_by_arrival_.emplace(front.arrived, at);
  trim();
}

void export_queue::abandon(drop_reason why) {
  for (auto& [key, queue] : queues_) {
    for (auto& one : queue.frames) {
      if (one.what.lease->has_copy()) {
        one.what.lease->spool();
      } else {
        end(one, false, dropping(why));
      }
    }
  }
  in_flight_.clear();
  waiting_by_arrival_.clear();
  waiting_bytes_ = 0;
  queues_.clear();
}

std::optional<mono_time> export_queue::wake_at(mono_time now) const {
  if (in_flight_.size() >= in_flight_max_) {
    return std::nullopt;
  }
  std::optional<mono_time> soonest;
  for (const auto& [key, queue] : queues_) {
    if (queue.ticket == 0 && !queue.frames.empty()) {
      soonest = std::min(soonest.value_or(queue.held_until), queue.held_until);
    }
  }
  if (!soonest) {
    return std::nullopt;
  }
  if (breaker_.current() != circuit_breaker::state::closed) {
    soonest = std::max(*soonest, breaker_.retry_at());
  }
  return std::max(*soonest, now);
}

bool export_queue::empty() const noexcept {
  return frames() == 0;
}

byte_count export_queue::waiting() const noexcept {
  return byte_count{waiting_bytes_};
}

std::size_t export_queue::frames() const noexcept {
  return waiting_by_arrival_.size() + in_flight_.size();
}

void export_queue::list(held_leases& into) const {
  for (const auto& [key, queue] : queues_) {
    for (const auto& one : queue.frames) {
      into.emplace(one.what.lease.get(), key.first);
    }
  }
}

const circuit_breaker& export_queue::breaker() const noexcept {
  return breaker_;
}

} // namespace pgmuster
