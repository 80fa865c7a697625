// Numbered frames for a queue, and what is said of them: shared by the queue's
// tests.
#pragma once

#include "routing/export_queue.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

namespace pgmuster::testing_routing {

using literals::operator""_MiB;
using kind = export_verdict::kind;

inline constexpr mono_time t0{seconds{1'000}};
inline const random_source half = [] { return 0.5; };

inline export_verdict verdict(kind is) {
  export_verdict made;
  made.is = is;
  return made;
}

inline export_verdict unreachable() {
  auto made = verdict(kind::retry);
  made.breaker_failure = true;
  return made;
}

/// Offers numbered frames; the number is the payload's text.
struct bench {
  explicit bench(byte_count bytes = 64_MiB,
                 std::size_t in_flight = 8,
                 delivery_rules rules = {})
    : queue(bytes, in_flight, rules) {}

  std::uint64_t offer(const std::string& tenant,
                      std::size_t shard = 0,
                      std::size_t size = 100) {
    auto made = std::make_shared<frame>();
    made->tenant = tenant_id{tenant};
    made->shard = shard;
    made->points = 3;
    made->newest = wall_time{seconds{number}};
    made->payload = std::to_string(++number);
    made->payload.resize(std::max(size, made->payload.size()), ' ');
    auto lease = std::make_shared<delivery_lease>(book);
    lease->enter(3, 0);
    lease->framed(3);
    queue.offer({std::move(made), std::move(lease)});
    return number;
  }
  /// The next one ends so; what is left to do for it.
  export_queue::task
  settle(std::uint64_t ticket, const export_verdict& how, mono_time now = t0) {
    auto left = queue.settle(ticket, how, now, half);
    if (left.is == export_queue::task::kind::put_aside) {
      delivery_end end;
      end.quarantined = left.points;
      left.lease->end(end);
    }
    return left;
  }
  static std::uint64_t number_of(const export_queue::sendable& sent) {
    return std::stoull(sent.what->payload);
  }
  [[nodiscard]] std::uint64_t dropped(drop_reason why) const {
    return book->view().dropped[static_cast<std::size_t>(why)] / 3;
  }

  std::shared_ptr<delivery_book> book = std::make_shared<delivery_book>();
  export_queue queue;
  std::uint64_t number = 0;
};

} // namespace pgmuster::testing_routing
