// What a simulated instance is: all that its numbers follow from, beside time.
#pragma once

#include "config/time.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace pgmuster::loadtest {

/// How much there is of what. Shared by the instances of one kind.
struct size_profile {
  std::string name;
  /// Beside `postgres` and the templates.
  std::uint32_t databases = 1;
  /// In each database.
  std::uint32_t tables = 20;
  std::uint32_t indexes_of_table = 2;
  /// In the instance, spread over its databases.
  std::uint32_t statements = 500;
  /// pg_stat_statements.max.
  std::uint32_t statements_max = 5'000;
  /// How many of a thousand statements run in each step.
  std::uint32_t moving_statements_permille = 40;
  std::uint32_t moving_tables_permille = 300;
  /// After so many steps one statement falls asleep and another one wakes;
  /// 0: always the same ones.
  std::int64_t turnover_steps = 0;
  std::uint32_t sessions_of_database = 8;
};

/// `small`, `usual`, `huge`.
[[nodiscard]] std::optional<size_profile>
size_profile_named(std::string_view name);

enum class happening_kind : std::uint8_t {
  /// pg_stat_reset() and pg_stat_reset_shared(): counters from 0, told.
  statistics_reset,
  /// pg_stat_statements_reset().
  statements_reset,
  /// pg_stat_statements drops `amount` of a hundred entries.
  eviction,
  /// Another postmaster; counters go on.
  restart,
  /// Another postmaster; counters from 0, not told; statements survive.
  crash,
  /// Another server answers: another system identifier, higher counters.
  failover,
  /// `amount` databases more.
  new_databases,
  /// From now on `amount` queries never seen before in each step; 0 ends it.
  distinct_queries
};

struct happening {
  wall_time at{};
  happening_kind is = happening_kind::restart;
  std::uint64_t amount = 0;
};

struct instance_plan {
  std::uint64_t seed = 1;
  /// Which one of the fleet.
  std::uint32_t number = 0;
  /// 13 … 18.
  int major = 16;
  std::shared_ptr<const size_profile> size;
  bool standby = false;
  /// Connected here, each with a slot.
  std::uint32_t standbys = 0;
  /// Where counting begins; before the first question.
  wall_time born{};
  /// Values change only at whole multiples of this after `born`.
  nanoseconds step = seconds{1};
  /// The name of the first database; others get a number after it.
  std::string first_database = "app";
  std::string role = "app";
  /// In order of time.
  std::vector<happening> happenings;
};

} // namespace pgmuster::loadtest
