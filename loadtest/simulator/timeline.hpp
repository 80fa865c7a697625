// What has happened to an instance up to a step of its time.
#pragma once

#include "loadtest/simulator/plan.hpp"

#include <optional>
#include <utility>

namespace pgmuster::loadtest {

/// Whole steps since the instance was born.
using step_number = std::int64_t;

struct moment {
  step_number step = 0;
  /// When the step began: the server's own now.
  wall_time time{};
  wall_time postmaster_start{};
  std::int64_t system_identifier = 0;
  std::int64_t timeline = 1;
  /// How many servers answered before this one: failovers.
  std::uint32_t incarnation = 0;
  std::uint32_t databases = 0;
  /// Counters of the statistics views count from this step; 0: have a past.
  step_number counted_from = 0;
  /// Of pg_stat_database, told only after a reset by hand.
  std::optional<wall_time> stats_reset;
  /// Of the views of the whole instance.
  wall_time shared_reset{};
  step_number statements_from = 0;
  wall_time statements_reset{};
  /// Steps and percentages, since `statements_from`.
  std::vector<std::pair<step_number, std::uint64_t>> evictions;
  /// Queries never seen before, up to now; and those that were forgotten by a
  /// reset.
  std::uint64_t distinct_made = 0;
  std::uint64_t distinct_forgotten = 0;
};

[[nodiscard]] step_number step_at(const instance_plan& plan,
                                  wall_time now) noexcept;

[[nodiscard]] wall_time time_of(const instance_plan& plan,
                                step_number step) noexcept;

[[nodiscard]] moment moment_at(const instance_plan& plan, step_number step);

} // namespace pgmuster::loadtest
