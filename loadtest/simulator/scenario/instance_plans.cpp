// Faults that alter a model become happenings of its plan.
#include "loadtest/simulator/scenario/instance_plans.hpp"

#include "config/errc.hpp"

#include <optional>

namespace pgmuster::loadtest {

namespace {

std::optional<happening_kind> happening_of(const model_event& event) {
  switch (event.is) {
  case fault_kind::restart:
    return event.crash ? happening_kind::crash : happening_kind::restart;
  case fault_kind::failover:
    return happening_kind::failover;
  case fault_kind::statistics_reset:
    return happening_kind::statistics_reset;
  case fault_kind::statements_reset:
    return happening_kind::statements_reset;
  case fault_kind::eviction:
    return happening_kind::eviction;
  case fault_kind::new_databases:
    return happening_kind::new_databases;
  case fault_kind::distinct_queries:
    return happening_kind::distinct_queries;
  default:
    return std::nullopt;
  }
}

} // namespace

result<instance_plans> instance_plans::of(const simulator_scenario& scenario,
                                          wall_time born) {
  const auto size = size_profile_named(scenario.size);
  if (!size) {
    return fail(config_errc::malformed,
                "/simulator/size: expected small, usual or huge");
  }
  instance_plans made;
  made.seed_ = scenario.seed;
  made.born_ = born;
  made.versions_ = scenario.versions;
  made.standby_every_ = scenario.standby_every;
  made.size_ = std::make_shared<const size_profile>(*size);
  made.faults_ = fault_plan{scenario.faults, scenario.instances, scenario.seed};
  return made;
}

instance_plan instance_plans::plan(instance_number instance) const {
  instance_plan made;
  made.seed = seed_;
  made.number = instance;
  made.major = versions_[instance % versions_.size()];
  made.size = size_;
  made.standby =
    standby_every_ > 0 && instance % standby_every_ == standby_every_ - 1;
  made.born = born_;
  for (const auto& event : faults_.model_events(instance)) {
    if (const auto kind = happening_of(event); kind) {
      made.happenings.push_back({born_ + event.at, *kind, event.amount});
    }
  }
  return made;
}

} // namespace pgmuster::loadtest
