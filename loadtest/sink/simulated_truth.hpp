// The truth of a simulated fleet: computed from its scenario, without asking
// the simulator.
#pragma once

#include "config/result.hpp"
#include "loadtest/sink/truth.hpp"

#include <filesystem>
#include <string>

namespace pgmuster::loadtest {

struct truth_source {
  /// The simulator's own scenario file.
  std::filesystem::path scenario;
  /// When it began to listen, as it says itself.
  wall_time started{};
  /// A target is named by this and its instance's number.
  std::string target_prefix = "s-";
  /// Of the targets; comparing costs more than receiving.
  double share = 1;
  /// Where the simulator tells of answers that took long; empty: nowhere.
  std::filesystem::path late_answers{};
};

struct truth_functions {
  truth_function points;
  sum_truth_function sums;
};

/// For one thread. Points of targets that are no instance are unknown.
[[nodiscard]] result<truth_functions> simulated_truth(const truth_source& of);

} // namespace pgmuster::loadtest
