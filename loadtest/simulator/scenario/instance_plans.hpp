// Which server each instance of a scenario is: the same for the simulator and
// for whoever judges what was collected from it.
#pragma once

#include "config/result.hpp"
#include "loadtest/simulator/faults/fault_plan.hpp"
#include "loadtest/simulator/plan.hpp"
#include "loadtest/simulator/scenario/simulator_scenario.hpp"

#include <memory>

namespace pgmuster::loadtest {

class instance_plans {
public:
  /// `born`: time zero of the scenario's faults; the simulator says it when it
  /// listens. Error: config_errc::malformed, if no such size is known.
  [[nodiscard]] static result<instance_plans>
  of(const simulator_scenario& scenario, wall_time born);

  /// Precondition: the scenario has such an instance.
  [[nodiscard]] instance_plan plan(instance_number instance) const;

private:
  instance_plans() = default;

  std::uint64_t seed_ = 0;
  wall_time born_{};
  std::uint64_t standby_every_ = 0;
  std::vector<int> versions_;
  std::shared_ptr<const size_profile> size_;
  fault_plan faults_;
};

} // namespace pgmuster::loadtest
