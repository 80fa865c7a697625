// Rows about sessions at work: as many as the other rows about sessions say,
// and one of them keeps another one waiting now and then.
#include "loadtest/simulator/growth.hpp"
#include "loadtest/simulator/row_sets.hpp"
#include "loadtest/simulator/statements.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace pgmuster::loadtest {

namespace {

struct sampled {
  std::int64_t pid = 0;
  std::uint32_t statement = 0;
  std::string state;
  field wait_type;
  field wait;
  field blocked_by;
  /// How long its query has been running.
  std::int64_t running = 0;
};

model_row row_of(const row_place& place,
                 const database_here& database,
                 const sampled& one) {
  const auto now = microseconds_of(place.now.time);
  const auto begun = now - one.running;
  model_row row;
  row.said = {
    {"db.namespace", database.name},
    {"user.name", place.plan.role},
    {"postgresql.state", one.state},
    {"postgresql.wait_event_type", one.wait_type},
    {"postgresql.wait_event", one.wait},
    {"postgresql.session.time", std::int64_t{1}},
    {"dbid", database.oid},
    {"userid", statements_role_oid},
    {"queryid", place.facts.major() < 14 ? 0 : queryid_of(one.statement)},
    {"pid", one.pid},
    {"application_name", fmt::format("shop-{}", one.pid % 5)},
    {"client_address", std::string{"10.1.0.7"}},
    {"client_port", 30'000 + one.pid % 1'000},
    {"xact_start", begun},
    {"query_start", begun},
    {"state_change", begun},
    {"now", now},
    {"xmin_age", std::int64_t{1}},
    {"blocked_by", one.blocked_by},
    {"query", text_of_statement(one.statement)}};
  return row;
}

} // namespace

std::vector<model_row> sampled_session_rows(const row_place& place) {
  std::vector<model_row> rows;
  std::int64_t pid = 1'000;
  for (const auto& each :
       databases_at(place.plan, place.facts.major(), place.now)) {
    if (!each.number) {
      continue;
    }
    const auto busy = busy_sessions(place, *each.number);
    const auto& size = *place.plan.size;
    std::uint64_t draws = mixed(key_of_instance(place.plan),
                                static_cast<std::uint64_t>(place.now.step));
    const auto next = [&](std::int64_t bound) {
      draws = mixed(draws);
      return below(draws, bound);
    };
    const auto add = [&](sampled one) {
      one.pid = ++pid;
      const auto kinds =
        std::max(1U, size.statements / std::max(1U, size.databases));
      one.statement =
        *each.number + size.databases * static_cast<std::uint32_t>(next(kinds));
      one.running = 1 + next(2'000'000);
      rows.push_back(row_of(place, each, one));
    };
    for (std::int64_t at = 0; at < busy.active; ++at) {
      add({0, 0, "active", field{}, field{}, field{}, 0});
    }
    for (std::int64_t at = 0; at < busy.open; ++at) {
      add({0, 0, "idle in transaction", std::string{"Client"},
           std::string{"ClientRead"}, field{}, 0});
    }
    for (std::int64_t at = 0; at < busy.waiting; ++at) {
      add({0, 0, "active", std::string{"Lock"}, std::string{"transactionid"},
           fmt::format("{{{}}}", pid), 0});
    }
  }
  return rows;
}

} // namespace pgmuster::loadtest
