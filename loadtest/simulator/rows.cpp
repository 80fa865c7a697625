// Which rows belong to which probe, and how a value grows that is not said.
#include "loadtest/simulator/rows.hpp"

#include "loadtest/simulator/growth.hpp"
#include "loadtest/simulator/row_sets.hpp"

#include <fmt/format.h>

#include <array>
#include <charconv>

namespace pgmuster::loadtest {

namespace {

constexpr std::int64_t first_user_oid = 16'384;

struct known_rows {
  std::string_view probe;
  std::vector<model_row> (*rows)(const row_place& place);
};

constexpr std::array<known_rows, 19> all_rows = {
  {{"archiver", archiver_rows},
   {"database", database_rows},
   {"databases", database_rows},
   {"db_size", database_rows},
   {"identity", identity_rows},
   {"index_sizes", index_rows},
   {"indexes", index_rows},
   {"instance", instance_rows},
   {"io", io_rows},
   {"locks", lock_rows},
   {"replication", replication_rows},
   {"replication_slots", slot_rows},
   {"session_samples", sampled_session_rows},
   {"sessions", session_rows},
   {"standby", standby_rows},
   {"statements_info", statements_info_rows},
   {"table_count", table_count_rows},
   {"table_sizes", table_rows},
   {"tables", table_rows}}};

/// Another server's counters are so many steps ahead.
constexpr std::int64_t steps_ahead = 5'000'000;

/// A counter, in the units of its rule.
std::int64_t counted(const growth_rule& rule,
                     std::uint64_t key,
                     bool moves,
                     const moment& now) {
  const auto rate = 1 + below(key, rule.rate_max);
  const auto total = moves ? grown(key, rate, now.step / rule.every) : 0;
  if (rule.is == growth_rule::kind::grows && now.counted_from > 0) {
    return total
           - (moves ? grown(key, rate, now.counted_from / rule.every) : 0);
  }
  const auto past = 1'000 + below(mixed(key), 100'000);
  return total + rate * past + rate * steps_ahead * now.incarnation;
}

std::int64_t swung(std::uint64_t key, const moment& now) {
  const auto level = 4 + below(key, 60);
  const auto turn = static_cast<std::uint64_t>(now.step / 5);
  return level + below(mixed(key, turn), level / 4 + 1);
}

field grown_value(const asked_item& item,
                  const model_row& row,
                  const moment& now) {
  const auto key = mixed(row.key, item.key);
  std::int64_t value = 0;
  switch (item.rule.is) {
  case growth_rule::kind::never:
    break;
  case growth_rule::kind::grows:
  case growth_rule::kind::lasts:
    value = counted(item.rule, key, row.moves, now);
    break;
  case growth_rule::kind::swings:
    value = row.moves ? swung(key, now) : 4 + below(key, 60);
    break;
  }
  value *= item.rule.unit;
  if (item.type == wire_type::boolean) {
    return value % 2;
  }
  if (item.type != wire_type::float8) {
    return value;
  }
  return static_cast<double>(value)
         / (item.rule.divisor > 0 ? item.rule.divisor : 1.0);
}

const field* said_value(const asked_item& item, const model_row& row) {
  const std::string_view name = item.name;
  const auto metric = name.substr(0, name.find('{'));
  const field* found = nullptr;
  for (const auto& [called, value] : row.said) {
    if (called == name) {
      return &value;
    }
    if (called == metric) {
      found = &value;
    }
  }
  return found;
}

} // namespace

std::uint64_t key_of_instance(const instance_plan& plan) noexcept {
  return mixed(plan.seed, plan.number);
}

std::vector<database_here>
databases_at(const instance_plan& plan, int major, const moment& now) {
  // From 15 on these two have OIDs of their own.
  const bool fixed = major >= 15;
  std::vector<database_here> all;
  all.push_back({"template1", 1, true, true, {}});
  all.push_back({"template0", fixed ? 4 : 13'382, true, false, {}});
  all.push_back({"postgres", fixed ? 5 : 13'383, false, true, {}});
  for (std::uint32_t at = 0; at < now.databases; ++at) {
    all.push_back(
      {database_name_of(plan, at), first_user_oid + at, false, true, at});
  }
  return all;
}

std::string database_name_of(const instance_plan& plan, std::uint32_t number) {
  return number == 0 ? plan.first_database
                     : fmt::format("{}_{:04}", plan.first_database, number);
}

std::optional<std::uint32_t> database_number(const instance_plan& plan,
                                             std::string_view name) noexcept {
  if (name == "postgres") {
    return std::nullopt;
  }
  std::uint32_t number = 0;
  if (name.starts_with(plan.first_database)
      && name.size() > plan.first_database.size() + 1) {
    name.remove_prefix(plan.first_database.size() + 1);
    std::from_chars(name.data(), name.data() + name.size(), number);
  }
  return number;
}

std::vector<model_row> rows_of(std::string_view probe, const row_place& place) {
  for (const auto& known : all_rows) {
    if (known.probe == probe) {
      return known.rows(place);
    }
  }
  return shared_rows(probe, place);
}

field value_of(const asked_item& item,
               const model_row& row,
               const moment& now) {
  if (const auto* said = said_value(item, row); said != nullptr) {
    return *said;
  }
  if (item.role == item_role::start) {
    return row.start ? field{microseconds_of(*row.start)} : field{};
  }
  return item.role == item_role::metric ? grown_value(item, row, now) : field{};
}

std::int64_t microseconds_of(wall_time time) noexcept {
  return std::chrono::floor<microseconds>(time.time_since_epoch()).count();
}

} // namespace pgmuster::loadtest
