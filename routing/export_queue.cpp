// Sub-queues keep order by sending only their front; fairness, retries and the
// byte bound choose among fronts.
#include "routing/export_queue.hpp"

#include "routing/schedule.hpp"

#include <algorithm>
#include <utility>

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
                           retry_limits retry,
                           breaker_limits breaker)
  : bytes_max_(bytes_max),
    in_flight_max_(std::max<std::size_t>(1, in_flight_max)),
    retry_(retry),
    breaker_(breaker) {}

void export_queue::offer(entry taken) {
  const sub_queue_key key{taken.what->tenant, taken.what->shard};
  const auto at = queues_.try_emplace(key).first;
  auto& served = served_[key.first];
  served = std::max(served, turn_);
  waiting_bytes_ += size_of(taken.what);
  waiting_by_arrival_.emplace(++arrivals_, at);
  at->second.frames.push_back({std::move(taken), 0, arrivals_});
  trim();
}

/// The oldest waiting frame of all is the first that waits of its sub-queue.
void export_queue::trim() {
  while (waiting_bytes_ > bytes_max_.value() && !waiting_by_arrival_.empty()) {
    const auto oldest = waiting_by_arrival_.begin();
    auto& frames = oldest->second->second.frames;
    const auto at = oldest->second->second.ticket != 0
                      ? std::next(frames.begin())
                      : frames.begin();
    waiting_bytes_ -= size_of(at->what.what);
    at->what.lease->drop(drop_reason::queue_full);
    // The sub-queue stays, empty or not: the destination may have it held.
    frames.erase(at);
    waiting_by_arrival_.erase(oldest);
  }
}

/// The sendable front of the tenant that was served least; end if none.
export_queue::sub_queues::iterator export_queue::choose(mono_time now) {
  auto best = queues_.end();
  std::pair<std::uint64_t, std::uint64_t> best_rank;
  std::erase_if(queues_, [now](const auto& one) {
    return one.second.frames.empty() && one.second.held_until <= now;
  });
  for (auto at = queues_.begin(); at != queues_.end(); ++at) {
    const auto& queue = at->second;
    if (queue.ticket != 0 || queue.frames.empty() || queue.held_until > now) {
      continue;
    }
    const std::pair rank{served_[at->first.first], queue.served};
    if (best == queues_.end() || rank < best_rank) {
      best = at;
      best_rank = rank;
    }
  }
  return best;
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
  queue.ticket = ++tickets_;
  queue.served = queue.ticket;
  waiting_bytes_ -= size_of(front.what.what);
  waiting_by_arrival_.erase(front.arrived);
  in_flight_.emplace(queue.ticket, chosen);
  return sendable{queue.ticket, front.what.what, ++front.attempts};
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

/// Any answer but a breaker failure shows a destination that works, unless it
/// refuses everything.
void export_queue::judge_destination(const export_verdict& verdict,
                                     mono_time now,
                                     double random) {
  if (verdict.breaker_failure) {
    breaker_.record_failure(now, random);
    return;
  }
  if (verdict.is == export_verdict::kind::rejected) {
    if (++refused_in_row_ >= retry_.refused_max) {
      breaker_.trip(now, random);
      return;
    }
  } else if (verdict.is == export_verdict::kind::acknowledged) {
    refused_in_row_ = 0;
  }
  breaker_.record_success();
}

milliseconds export_queue::pause(const export_verdict& verdict,
                                 std::uint32_t attempts,
                                 double random) const {
  if (verdict.after) {
    return std::clamp(*verdict.after, milliseconds{0}, retry_.retry_after_max);
  }
  if (verdict.is == export_verdict::kind::unauthorised) {
    return backoff({retry_.unauthorised, retry_.unauthorised}, 1, random);
  }
  return backoff({retry_.first, retry_.longest}, attempts, random);
}

std::shared_ptr<const frame> export_queue::settle(std::uint64_t ticket,
                                                  const export_verdict& verdict,
                                                  mono_time now,
                                                  const random_source& random) {
  const auto found = in_flight_.find(ticket);
  if (found == in_flight_.end()) {
    return nullptr;
  }
  const auto at = found->second;
  judge_destination(verdict, now, random());
  switch (verdict.is) {
  case export_verdict::kind::acknowledged:
    take_out(at).what.lease->acknowledge(verdict.rejected);
    return nullptr;
  case export_verdict::kind::rejected:
    take_out(at).what.lease->reject();
    return nullptr;
  case export_verdict::kind::other_encoding:
    return at->second.frames.front().what.what;
  case export_verdict::kind::retry:
  case export_verdict::kind::unauthorised:
    put_back(
      at, now + pause(verdict, at->second.frames.front().attempts, random()));
    return nullptr;
  }
  return nullptr;
}

void export_queue::replace(std::uint64_t ticket,
                           std::shared_ptr<const frame> again) {
  const auto found = in_flight_.find(ticket);
  if (found == in_flight_.end()) {
    return;
  }
  if (!again) {
    take_out(found->second).what.lease->drop(drop_reason::unencodable);
    return;
  }
  found->second->second.frames.front().what.what = std::move(again);
  put_back(found->second, mono_time{});
}

void export_queue::abandon(drop_reason why) {
  for (auto& [key, queue] : queues_) {
    for (auto& one : queue.frames) {
      one.what.lease->drop(why);
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
  return queues_.empty();
}

byte_count export_queue::waiting() const noexcept {
  return byte_count{waiting_bytes_};
}

std::size_t export_queue::frames() const noexcept {
  return waiting_by_arrival_.size() + in_flight_.size();
}

std::map<tenant_id, std::uint64_t> export_queue::points() const {
  std::map<tenant_id, std::uint64_t> sum;
  for (const auto& [key, queue] : queues_) {
    for (const auto& one : queue.frames) {
      sum[key.first] += one.what.lease->points();
    }
  }
  return sum;
}

const circuit_breaker& export_queue::breaker() const noexcept {
  return breaker_;
}

} // namespace pgmuster
