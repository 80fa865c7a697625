// A scenario as docs/loadtest.md describes it: the fleet, how long, what the
// sink does to it, and what makes it pass.
#pragma once

#include "config/result.hpp"
#include "config/time.hpp"

#include <boost/json/object.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace pgmuster::loadtest {

/// A bound on one figure of the report.
struct criterion {
  std::optional<double> least;
  std::optional<double> most;
};
using criteria = std::map<std::string, criterion, std::less<>>;

/// What the machine has to have.
struct machine_needs {
  /// Of one process.
  std::uint64_t descriptors = 0;
  std::uint64_t cores = 1;
  std::uint64_t memory_mib = 256;
};

struct simulated_fleet {
  std::uint64_t targets = 1;
  std::uint64_t tenants = 1;
  /// Databases of a target, its own included.
  std::uint64_t databases = 1;
  bool tls = false;
};

struct scenario {
  std::string name;
  /// One sentence for a person.
  std::string about;
  /// What has to be built before it can run, if anything.
  std::vector<std::string> missing;
  /// Tenants that something is done to, `t-0` for instance.
  std::vector<std::string> struck;
  machine_needs needs;
  std::uint64_t seed = 1;
  milliseconds warm_up{20'000};
  milliseconds measure{40'000};
  milliseconds sample_every{1'000};
  simulated_fleet fleet;
  /// Handed to the simulator as it is.
  boost::json::object simulator;
  /// Merged over the collector's configuration.
  boost::json::object collector;
  /// The sink's own configuration.
  boost::json::object sink;
  /// CPUs by the part's name: collector, simulator, sink.
  std::map<std::string, std::vector<int>> pins;
  criteria pass;
  /// With an earlier report: costs may be worse by this.
  double worse_percent_max = 20;
  /// With an earlier report: series may be fewer by this.
  double fewer_percent_max = 10;
};

/// `pass` starts from `usual_criteria`; null takes one of them away.
[[nodiscard]] result<scenario> read_scenario(std::string_view text);

/// That are planned for the simulated servers.
[[nodiscard]] std::size_t planned_faults(const scenario& of);

/// What every scenario has to hold unless it says otherwise.
[[nodiscard]] criteria usual_criteria();

} // namespace pgmuster::loadtest
