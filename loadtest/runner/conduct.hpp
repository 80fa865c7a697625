// Runs a scenario: starts its processes, watches them, stops them, and hands
// back what was seen. No judgement.
#pragma once

#include "drivers/clock.hpp"
#include "loadtest/runner/run_record.hpp"
#include "loadtest/runner/scenario.hpp"
#include "loadtest/runner/stop_request.hpp"

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace pgmuster::loadtest {

struct conduct_options {
  std::filesystem::path collector;
  std::filesystem::path sink;
  std::filesystem::path simulator;
  /// Configurations, logs and the last ledger go there.
  std::filesystem::path folder;
  /// Real servers instead of the simulator.
  std::vector<std::string> dsns;
  /// Ends the run early; may be null.
  stop_request* stop = nullptr;
  /// Told of each sample and of the phase it belongs to.
  std::function<void(const std::string& phase, const sample&)> progress;
};

[[nodiscard]] result<run_record> conduct(const scenario& what,
                                         const conduct_options& how,
                                         const clock_source& clock);

} // namespace pgmuster::loadtest
