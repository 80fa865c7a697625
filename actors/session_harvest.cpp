// Sessions by the dialect, time and waits by pure code, events by the dialect's
// words.
#include "actors/session_harvest.hpp"

#include "drivers/postgres/sessions/blocking_block.hpp"
#include "drivers/postgres/sessions/read_sessions.hpp"
#include "drivers/postgres/sessions/session_events.hpp"

namespace pgmuster {

namespace {

const char* name_of(lasting_session::kind what) {
  switch (what) {
  case lasting_session::kind::transaction:
    return event_names::long_transaction;
  case lasting_session::kind::idle_in_transaction:
    return event_names::idle_in_transaction;
  case lasting_session::kind::blocking:
    break;
  }
  return event_names::blocking;
}

void tell_samples(const seen_sessions& seen,
                  const watched_sessions& watched,
                  postgres::session_moment at,
                  std::uint32_t first_query,
                  std::vector<target_event>& into) {
  for (std::size_t i = 0; i < seen.all.size(); ++i) {
    at.blocked = watched.blocked[i];
    into.push_back(postgres::sample_event(seen.all[i], at));
    into.back().query = first_query + static_cast<std::uint32_t>(i);
  }
}

void tell_lasting(const seen_sessions& seen,
                  const watched_sessions& watched,
                  const postgres::session_moment& at,
                  std::uint32_t first_query,
                  std::vector<target_event>& into) {
  for (const auto& found : watched.lasting) {
    seen_session unknown;
    unknown.id = found.id;
    const auto& who = found.at ? seen.all[*found.at] : unknown;
    auto& event = into.emplace_back(
      postgres::lasting_event(name_of(found.what), who, at, found.lasts));
    if (found.what == lasting_session::kind::blocking) {
      postgres::add_waiters(event, found.waiters, found.depth);
    }
    if (found.at) {
      event.query = first_query + static_cast<std::uint32_t>(*found.at);
    }
  }
}

} // namespace

sample_outcome
harvest_sample(const negotiated_probe& probe,
               const row_set& rows,
               const std::map<std::int64_t, std::string>& databases,
               sample_memory& memory,
               observation& into) {
  auto seen = postgres::read_sessions(probe, rows);
  const auto first_query = static_cast<std::uint32_t>(into.queries.size());
  for (auto& block :
       memory.time.count(seen, probe.layout, into.time, memory.interval,
                         databases, first_query)) {
    block.kept = probe.definition->kept;
    into.entries.push_back(std::move(block));
  }
  into.points += seen.all.size();
  const event_config defaults;
  const auto watched = memory.watch.look(
    seen, memory.events != nullptr ? *memory.events : defaults);
  auto blocking =
    postgres::blocking_block({watched.tree.roots_found, watched.tree.waiters,
                              watched.tree.depth, watched.longest_wait},
                             into.time);
  into.points += count_points(blocking);
  into.blocks.push_back(std::move(blocking));
  if (memory.events != nullptr) {
    postgres::session_moment at;
    at.now = into.time;
    at.server_now = seen.server_now;
    at.target = into.of->hash;
    if (memory.events->sampling != event_sampling::none) {
      tell_samples(seen, watched, at, first_query, into.events);
    }
    tell_lasting(seen, watched, at, first_query, into.events);
  }
  for (auto& one : seen.all) {
    into.queries.push_back({std::move(one.key), std::move(one.text), nullptr});
  }
  return {seen.bad_cells, seen.turned_away};
}

} // namespace pgmuster
