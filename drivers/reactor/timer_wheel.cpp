// A timer lies on the wheel of the highest digit (base 64) in which its step
// differs from the current one. So timers of one step always share a slot,
// which keeps their order, and no slot is ever more than one turn away.
#include "drivers/reactor/timer_wheel.hpp"

#include <algorithm>
#include <bit>
#include <utility>

namespace pgmuster {
namespace {

constexpr std::uint64_t
digit(std::uint64_t tick, unsigned shift, std::uint64_t slots) noexcept {
  return (tick >> shift) % slots;
}

} // namespace

timer_wheel::timer_wheel(mono_time origin) noexcept : origin_{origin} {}

mono_time timer_wheel::time_of(std::uint64_t tick) const noexcept {
  return origin_ + step * static_cast<std::int64_t>(tick);
}

std::uint64_t timer_wheel::step_of(mono_time due) const noexcept {
  if (due <= origin_) {
    return 0;
  }
  const auto distance = due - origin_;
  const auto whole = static_cast<std::uint64_t>(distance / step);
  return distance % step == nanoseconds{0} ? whole : whole + 1;
}

timer_token timer_wheel::start(mono_time due, std::function<void()> on_due) {
  auto at = free_;
  if (at == none) {
    at = static_cast<index>(nodes_.size());
    nodes_.emplace_back();
  } else {
    free_ = nodes_[at].next;
  }
  auto& timer = nodes_[at];
  timer.tick = std::max(step_of(due), current_ + 1);
  timer.on_due = std::move(on_due);
  place(at);
  ++size_;
  return {at, timer.generation};
}

std::function<void()> timer_wheel::cancel(timer_token token) noexcept {
  if (token.slot >= nodes_.size()
      || nodes_[token.slot].generation != token.generation
      || nodes_[token.slot].list == none) {
    return {};
  }
  return release(token.slot);
}

std::optional<std::function<void()>> timer_wheel::pop(mono_time now) noexcept {
  const auto reached =
    now <= origin_ ? 0 : static_cast<std::uint64_t>((now - origin_) / step);
  while (lists_[ready].first == none) {
    if (reached <= current_) {
      return std::nullopt;
    }
    const auto event = next_event();
    if (!event || *event > reached) {
      // No slot lies between, so every timer stays on its wheel.
      current_ = reached;
      return std::nullopt;
    }
    turn_to(*event);
  }
  return release(lists_[ready].first);
}

std::optional<mono_time> timer_wheel::next() const noexcept {
  if (lists_[ready].first != none) {
    return time_of(current_);
  }
  if (const auto event = next_event()) {
    return time_of(*event);
  }
  return std::nullopt;
}

std::vector<std::function<void()>> timer_wheel::clear() {
  std::vector<std::function<void()>> dropped;
  dropped.reserve(size_);
  for (index at = 0; at < nodes_.size(); ++at) {
    if (nodes_[at].list != none) {
      dropped.push_back(release(at));
    }
  }
  return dropped;
}

std::optional<std::uint64_t> timer_wheel::next_event() const noexcept {
  for (unsigned level = 0; level < levels; ++level) {
    const auto shift = level * bits;
    const auto here = digit(current_, shift, slots);
    // The slot of the current digit is empty: it was turned to.
    const auto ahead = occupied_[level] & ~((std::uint64_t{2} << here) - 1);
    if (ahead != 0) {
      const auto slot = static_cast<std::uint64_t>(std::countr_zero(ahead));
      const auto above = current_ >> (shift + bits) << (shift + bits);
      return above | (slot << shift);
    }
  }
  return std::nullopt;
}

void timer_wheel::turn_to(std::uint64_t tick) noexcept {
  current_ = tick;
  for (auto level = levels; level-- > 0;) {
    const auto slot = digit(tick, level * bits, slots);
    const auto source = static_cast<index>(level * slots + slot);
    while (lists_[source].first != none) {
      const auto at = lists_[source].first;
      unlink(at);
      place(at);
    }
  }
}

void timer_wheel::place(index at) noexcept {
  const auto difference = nodes_[at].tick ^ current_;
  if (difference == 0) {
    append(ready, at);
    return;
  }
  const auto level =
    (static_cast<unsigned>(std::bit_width(difference)) - 1) / bits;
  const auto slot = digit(nodes_[at].tick, level * bits, slots);
  append(static_cast<index>(level * slots + slot), at);
}

void timer_wheel::append(index to, index at) noexcept {
  auto& target = lists_[to];
  auto& timer = nodes_[at];
  timer.list = to;
  timer.next = none;
  timer.previous = target.last;
  (target.last == none ? target.first : nodes_[target.last].next) = at;
  target.last = at;
  if (to != ready) {
    occupied_[to / slots] |= std::uint64_t{1} << (to % slots);
  }
}

void timer_wheel::unlink(index at) noexcept {
  auto& timer = nodes_[at];
  auto& source = lists_[timer.list];
  (timer.previous == none ? source.first : nodes_[timer.previous].next) =
    timer.next;
  (timer.next == none ? source.last : nodes_[timer.next].previous) =
    timer.previous;
  if (source.first == none && timer.list != ready) {
    occupied_[timer.list / slots] &=
      ~(std::uint64_t{1} << (timer.list % slots));
  }
  timer.list = none;
}

std::function<void()> timer_wheel::release(index at) noexcept {
  unlink(at);
  auto& timer = nodes_[at];
  // Generation 0 is never given out, so that a default token is stale.
  if (++timer.generation == 0) {
    timer.generation = 1;
  }
  timer.next = free_;
  free_ = at;
  --size_;
  return std::exchange(timer.on_due, nullptr);
}

} // namespace pgmuster
