// The machine a scenario runs on, and whether it is large enough: said in
// words before anything is started.
#pragma once

#include "loadtest/runner/scenario.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace pgmuster::loadtest {

struct machine {
  std::string processor;
  std::string kernel;
  std::uint64_t cores = 0;
  /// Which ones.
  std::vector<int> cpus;
  std::uint64_t memory_mib = 0;
  std::uint64_t memory_available_mib = 0;
  /// A process's limit, and what it can be raised to.
  std::uint64_t descriptors = 0;
  std::uint64_t descriptors_hard = 0;
  /// Runnable processes, averaged over a minute, before the run.
  double load = 0;
};

[[nodiscard]] machine read_machine();

/// Raises this process's limit, which its children inherit, as far as it goes.
void raise_descriptor_limit();

/// Of one process, so that the collector keeps a session for each target (two
/// where there are several databases) beside what it keeps free.
[[nodiscard]] std::uint64_t descriptors_needed(const simulated_fleet& fleet);

/// A sentence for each part that is pinned to a CPU that is not usable here.
[[nodiscard]] std::vector<std::string>
absent_pins(const std::map<std::string, std::vector<int>>& pins,
            const machine& here);

/// A sentence for each thing that is too small; none when it fits.
[[nodiscard]] std::vector<std::string> shortfalls(const machine_needs& needs,
                                                  const machine& here);

} // namespace pgmuster::loadtest
