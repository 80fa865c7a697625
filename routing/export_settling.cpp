// What an answer does to the frame it is about: its end, another try, or a task
// for whoever can encode it anew, take it apart or put it aside.
#include "routing/export_queue.hpp"
#include "routing/schedule.hpp"

#include <algorithm>
#include <utility>

namespace pgmuster {

export_queue::ending export_queue::dropping(drop_reason why) {
  return [why](std::uint64_t points) {
    delivery_end how;
    how.dropped = dropped_for(why, points);
    return how;
  };
}

void export_queue::end(const held& ended, bool refused, const ending& how) {
  const auto points =
    ended.part_of != nullptr
      ? ended.part_of->end_part(ended.what.what->points, refused)
      : ended.what.lease->points();
  ended.what.lease->end(how(points));
}

/// Refusals are judged where it is known whether a whole frame was refused.
void export_queue::judge_destination(const export_verdict& verdict,
                                     mono_time now,
                                     double random) {
  if (verdict.breaker_failure) {
    if (verdict.after && *verdict.after > milliseconds{0}) {
      breaker_.hold(now, now + pause(verdict, 1, random), random);
    } else {
      breaker_.record_failure(now, random);
    }
    return;
  }
  switch (verdict.is) {
  case export_verdict::kind::acknowledged:
  case export_verdict::kind::rejected:
    refused_in_row_ = 0;
    breaker_.record_success(now);
    return;
  case export_verdict::kind::retry:
  case export_verdict::kind::unauthorised:
    breaker_.record_success(now);
    return;
  case export_verdict::kind::other_encoding:
  case export_verdict::kind::take_apart:
  case export_verdict::kind::refused:
    breaker_.record_open_question(now);
    return;
  }
}

/// The breaker's own wait grows with each failure; the sub-queue that happened
/// to meet it shall not wait beyond that.
milliseconds export_queue::pause(const export_verdict& verdict,
                                 std::uint32_t attempts,
                                 double random) const {
  const auto& retry = rules_.retry;
  if (verdict.after) {
    return std::clamp(*verdict.after, milliseconds{0}, retry.retry_after_max);
  }
  if (verdict.is == export_verdict::kind::unauthorised) {
    return backoff({retry.unauthorised, retry.unauthorised}, 1, random);
  }
  return backoff({retry.first, retry.longest},
                 verdict.breaker_failure ? 1 : attempts, random);
}

/// The end if the ticket is not in flight.
export_queue::sub_queues::iterator export_queue::flying(std::uint64_t ticket) {
  const auto found = in_flight_.find(ticket);
  return found == in_flight_.end() ? queues_.end() : found->second;
}

export_queue::task export_queue::settle(std::uint64_t ticket,
                                        const export_verdict& verdict,
                                        mono_time now,
                                        const random_source& random) {
  const auto at = flying(ticket);
  if (at == queues_.end()) {
    return {};
  }
  auto& front = at->second.frames.front();
  if (verdict.is != export_verdict::kind::retry
      && verdict.is != export_verdict::kind::unauthorised) {
    ++front.requests;
    if (front.part_of != nullptr) {
      front.part_of->count_request();
    }
  }
  judge_destination(verdict, now, random());
  return settle_front(at, verdict, now, random);
}

export_queue::task export_queue::settle_front(sub_queues::iterator at,
                                              const export_verdict& verdict,
                                              mono_time now,
                                              const random_source& random) {
  using kind = export_verdict::kind;
  auto& front = at->second.frames.front();
  switch (verdict.is) {
  case kind::acknowledged:
  case kind::rejected: {
    const auto ended = take_out(at);
    end(ended, false, [&](std::uint64_t points) {
      delivery_end how;
      how.rejected = verdict.is == kind::rejected
                       ? points
                       : std::min(points, verdict.rejected);
      how.acked = points - how.rejected;
      return how;
    });
    return {};
  }
  case kind::other_encoding:
    if (front.part_of == nullptr || front.part_of->allows(1)) {
      return {task::kind::encode_again, front.what.what, nullptr, 0, false};
    }
    return refuse(at, now, random());
  case kind::take_apart:
    // While it refuses everything, there is nothing to be found.
    if (refused_in_row_ < rules_.retry.refused_max
        && (front.part_of == nullptr || front.part_of->allows(2))) {
      return {task::kind::take_apart, front.what.what, nullptr, 0, false};
    }
    return refuse(at, now, random());
  case kind::refused:
    return refuse(at, now, random());
  case kind::retry:
    if (verdict.ambiguous && rules_.on_ambiguous == ambiguous_send::drop) {
      const auto ended = take_out(at);
      end(ended, false, dropping(drop_reason::ambiguous));
      return {};
    }
    [[fallthrough]];
  case kind::unauthorised:
    put_back(at, now + pause(verdict, front.attempts, random()));
    return {};
  }
  return {};
}

export_queue::task
export_queue::refuse(sub_queues::iterator at, mono_time now, double random) {
  const auto ended = take_out(at);
  task left{task::kind::put_aside, ended.what.what, ended.what.lease, 0, true};
  if (ended.part_of != nullptr) {
    left.points = ended.part_of->end_part(ended.what.what->points, true);
    left.wholly_refused = ended.part_of->wholly_refused();
  } else {
    left.points = ended.what.lease->points();
  }
  if (left.wholly_refused && ++refused_in_row_ >= rules_.retry.refused_max) {
    breaker_.trip(now, random);
  }
  return left;
}

void export_queue::replace(std::uint64_t ticket,
                           std::shared_ptr<const frame> again) {
  const auto at = flying(ticket);
  if (at == queues_.end()) {
    return;
  }
  if (!again) {
    const auto ended = take_out(at);
    end(ended, false, dropping(drop_reason::unencodable));
    return;
  }
  at->second.frames.front().what.what = std::move(again);
  put_back(at, mono_time{});
}

export_queue::task
export_queue::divide(std::uint64_t ticket,
                     const std::vector<std::shared_ptr<const frame>>& parts,
                     mono_time now,
                     const random_source& random) {
  const auto at = flying(ticket);
  if (at == queues_.end()) {
    return {};
  }
  auto& queue = at->second;
  auto& front = queue.frames.front();
  const auto count = static_cast<std::uint32_t>(parts.size());
  auto part_of =
    front.part_of != nullptr
      ? front.part_of
      : std::make_shared<division>(front.what.lease->points(), front.requests);
  if (count < 2 || !part_of->allows(count)) {
    return refuse(at, now, random());
  }
  part_of->divide(count);
  const held whole = std::move(front);
  in_flight_.erase(std::exchange(queue.ticket, 0));
  queue.frames.pop_front();
  for (auto part = parts.rbegin(); part != parts.rend(); ++part) {
    waiting_bytes_ += (*part)->payload.size();
    waiting_by_arrival_.emplace(whole.arrived, at);
    queue.frames.push_front(
      {{*part, whole.what.lease}, 0, 0, whole.arrived, part_of});
  }
  trim();
  return {};
}

} // namespace pgmuster
