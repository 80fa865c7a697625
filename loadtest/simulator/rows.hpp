// The rows that a probe's answer has at a moment, and each value in them.
#pragma once

#include "loadtest/simulator/asked_probe.hpp"
#include "loadtest/simulator/field.hpp"
#include "loadtest/simulator/timeline.hpp"
#include "loadtest/simulator/wire_type.hpp"

namespace pgmuster::loadtest {

struct model_row {
  /// What its numbers grow from.
  std::uint64_t key = 0;
  /// Its counters grow at all.
  bool moves = true;
  /// For the item `start`.
  std::optional<wall_time> start;
  /// Values that are said rather than grown: by the name of an attribute or a
  /// field, a metric's label, or a metric's name for all its labels. Names
  /// are literals.
  std::vector<std::pair<std::string_view, field>> said;
};

struct database_here {
  std::string name;
  std::int64_t oid = 0;
  bool is_template = false;
  bool connectable = true;
  /// Which of the plan's own; none for `postgres` and the templates.
  std::optional<std::uint32_t> number;
};

/// What all numbers of an instance grow from.
[[nodiscard]] std::uint64_t key_of_instance(const instance_plan& plan) noexcept;

/// In order of OID.
[[nodiscard]] std::vector<database_here>
databases_at(const instance_plan& plan, int major, const moment& now);

/// What the plan's database of that number is called.
[[nodiscard]] std::string database_name_of(const instance_plan& plan,
                                           std::uint32_t number);

/// The number in the database's name; 0 for a name that is none of ours, none
/// for `postgres`.
[[nodiscard]] std::optional<std::uint32_t>
database_number(const instance_plan& plan, std::string_view name) noexcept;

struct row_place {
  const instance_plan& plan;
  const server_facts& facts;
  const moment& now;
  /// That of the session.
  std::string_view database;
};

/// Rows of every probe but statements and their texts. A probe that the model
/// does not know has one row.
[[nodiscard]] std::vector<model_row> rows_of(std::string_view probe,
                                             const row_place& place);

/// Precondition: the item is none of a statement's.
[[nodiscard]] field
value_of(const asked_item& item, const model_row& row, const moment& now);

/// Microseconds since the Unix epoch.
[[nodiscard]] std::int64_t microseconds_of(wall_time time) noexcept;

} // namespace pgmuster::loadtest
