// What every stage of a lane does with what passes through it.
#pragma once

#include "actors/lane_actors.hpp"

namespace pgmuster {

/// What a marker will find that this stage has taken in.
inline void
count_in(const lane_place& where, stage here, const passing& message) {
  auto& counted = where.shared->lane_counted[where.lane];
  counted.entered[static_cast<std::size_t>(here)][message.seen->of->tenant] +=
    message.lease->points();
}

/// Leaves this stage's counts with the marker.
inline void
leave_counts(const lane_place& where, stage here, const marker& passed) {
  const auto which = static_cast<std::size_t>(here);
  passed.pass->found[where.lane].entered[which] =
    where.shared->lane_counted[where.lane].entered[which];
}

/// Sends on what only passes through this stage, in order.
template <class Message>
void hand_on(const lane_place& where, stage next, Message&& message) {
  cafc::tell(where.shared->stages->find(where.lane, next),
             std::forward<Message>(message));
}

} // namespace pgmuster
