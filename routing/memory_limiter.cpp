// Shares are max-min fair: who holds little keeps all of it, the others keep
// equally much.
#include "routing/memory_limiter.hpp"

#include <algorithm>
#include <array>
#include <vector>

namespace pgmuster {

namespace {

struct threshold {
  std::uint64_t enter_percent;
  std::uint64_t leave_percent;
  std::uint32_t stretch;
};
/// By state.
constexpr std::array<threshold, 4> thresholds{
  {{0, 0, 1}, {80, 75, 2}, {95, 90, 4}, {100, 97, 8}}};
/// Who sheds does so until the process is back at this.
constexpr std::uint64_t target_percent = 90;

std::uint64_t percent_of(byte_count limit, std::uint64_t percent) noexcept {
  return limit.value() / 100 * percent;
}

memory_state
next_state(memory_state now, byte_count resident, byte_count limit) noexcept {
  auto next = memory_state::ample;
  for (std::size_t one = 1; one < thresholds.size(); ++one) {
    const auto entered = static_cast<std::size_t>(now) >= one;
    const auto& edge = thresholds.at(one);
    const auto percent = entered ? edge.leave_percent : edge.enter_percent;
    if (resident.value() >= percent_of(limit, percent)) {
      next = static_cast<memory_state>(one);
    }
  }
  return next;
}

/// The most that each may hold so that all together hold no more than
/// `allowed`.
std::uint64_t fair_level(const std::map<tenant_id, std::uint64_t>& held,
                         std::uint64_t allowed) {
  std::vector<std::uint64_t> rising;
  rising.reserve(held.size());
  for (const auto& [tenant, bytes] : held) {
    rising.push_back(bytes);
  }
  std::sort(rising.begin(), rising.end());
  for (std::size_t at = 0; at < rising.size(); ++at) {
    const auto level = allowed / (rising.size() - at);
    if (rising[at] > level) {
      return level;
    }
    allowed -= rising[at];
  }
  return rising.empty() ? 0 : rising.back();
}

} // namespace

std::string_view to_string(memory_state state) noexcept {
  constexpr std::array<std::string_view, 4> names{"ample", "tight", "scarce",
                                                  "exhausted"};
  return names[static_cast<std::size_t>(state)];
}

memory_verdict
memory_limiter::judge(byte_count resident,
                      const std::map<tenant_id, std::uint64_t>& held) {
  state_ = next_state(state_, resident, limit_);
  memory_verdict verdict;
  verdict.state = state_;
  verdict.stretch = thresholds.at(static_cast<std::size_t>(state_)).stretch;
  if (state_ < memory_state::scarce) {
    return verdict;
  }
  std::uint64_t total = 0;
  for (const auto& [tenant, bytes] : held) {
    total += bytes;
  }
  const auto target = percent_of(limit_, target_percent);
  const auto excess = resident.value() > target ? resident.value() - target : 0;
  const auto level = fair_level(held, total - std::min(total, excess));
  for (const auto& [tenant, bytes] : held) {
    if (bytes > level) {
      verdict.keeps[tenant] =
        static_cast<double>(level) / static_cast<double>(bytes);
    } else if (state_ == memory_state::exhausted) {
      verdict.keeps[tenant] = 1.0;
    }
  }
  return verdict;
}

} // namespace pgmuster
