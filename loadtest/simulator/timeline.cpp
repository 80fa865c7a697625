// Goes through an instance's happenings in order.
#include "loadtest/simulator/timeline.hpp"

#include "loadtest/simulator/growth.hpp"

#include <algorithm>

namespace pgmuster::loadtest {

namespace {

constexpr std::uint64_t identifiers = key_of("system identifier");
/// How long the first postmaster, and a promoted one, were up before.
constexpr seconds up_before{86'400};

std::int64_t identifier_of(const instance_plan& plan, std::uint32_t which) {
  const auto bits = mixed(mixed(plan.seed ^ identifiers, plan.number), which);
  // As initdb makes them: the time of day in the upper half; never negative.
  return static_cast<std::int64_t>(bits >> 2U);
}

/// How many distinct queries a flood of `rate` has made when `step` is reached.
struct flood {
  step_number begun = 0;
  std::uint64_t rate = 0;

  [[nodiscard]] std::uint64_t made(step_number step) const {
    return rate
           * static_cast<std::uint64_t>(std::max<step_number>(0, step - begun));
  }
};

void forget_counters(moment& into, step_number step, wall_time at) {
  into.counted_from = step;
  into.shared_reset = at;
}

void forget_statements(moment& into, step_number step, wall_time at) {
  into.statements_from = step;
  into.statements_reset = at;
  into.evictions.clear();
  into.distinct_forgotten = into.distinct_made;
}

void apply(const instance_plan& plan,
           const happening& what,
           step_number step,
           moment& into) {
  const auto at = time_of(plan, step);
  switch (what.is) {
  case happening_kind::statistics_reset:
    forget_counters(into, step, at);
    into.stats_reset = at;
    break;
  case happening_kind::statements_reset:
    forget_statements(into, step, at);
    break;
  case happening_kind::eviction:
    into.evictions.emplace_back(step, what.amount);
    break;
  case happening_kind::restart:
    into.postmaster_start = at;
    break;
  case happening_kind::crash:
    into.postmaster_start = at;
    forget_counters(into, step, at);
    into.stats_reset.reset();
    break;
  case happening_kind::failover:
    ++into.incarnation;
    ++into.timeline;
    into.system_identifier = identifier_of(plan, into.incarnation);
    into.postmaster_start = at - up_before;
    into.counted_from = 0;
    into.stats_reset.reset();
    into.shared_reset = plan.born - up_before;
    into.statements_from = 0;
    into.statements_reset = plan.born - up_before;
    into.evictions.clear();
    into.distinct_forgotten = into.distinct_made;
    break;
  case happening_kind::new_databases:
    into.databases += static_cast<std::uint32_t>(what.amount);
    break;
  case happening_kind::distinct_queries:
    break;
  }
}

} // namespace

step_number step_at(const instance_plan& plan, wall_time now) noexcept {
  const auto passed = now - plan.born;
  return passed.count() < 0 ? 0 : passed / plan.step;
}

wall_time time_of(const instance_plan& plan, step_number step) noexcept {
  return plan.born + plan.step * step;
}

moment moment_at(const instance_plan& plan, step_number step) {
  moment made;
  made.step = step;
  made.time = time_of(plan, step);
  made.postmaster_start = plan.born - up_before;
  made.system_identifier = identifier_of(plan, 0);
  made.databases = plan.size->databases;
  made.shared_reset = plan.born - up_before;
  made.statements_reset = plan.born - up_before;
  flood now;
  std::uint64_t before = 0;
  for (const auto& what : plan.happenings) {
    // What happens within a step is seen when the next one begins.
    const auto when = step_at(plan, what.at - nanoseconds{1}) + 1;
    if (when > step) {
      break;
    }
    made.distinct_made = before + now.made(when);
    if (what.is == happening_kind::distinct_queries) {
      before = made.distinct_made;
      now = {when, what.amount};
    }
    apply(plan, what, when, made);
  }
  made.distinct_made = before + now.made(step);
  return made;
}

} // namespace pgmuster::loadtest
