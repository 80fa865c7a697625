// What a database actor says: its observations, its databases, its state.
#include "actors/database_actor.hpp"
#include "actors/database_choice.hpp"
#include "actors/target_events.hpp"
#include "config/limits.hpp"
#include "routing/waiting_texts.hpp"

#include <algorithm>
#include <iterator>

namespace pgmuster {

void database_actor::publish(std::shared_ptr<observation> seen, bool up) {
  std::move(events_.begin(), events_.end(), std::back_inserter(seen->events));
  events_.clear();
  const auto points = seen->points + seen->events.size();
  if (points == 0 && seen->texts.empty()) {
    return;
  }
  if (!up && shared_.memory.turns_away(what_.who->tenant)) {
    shared_.books.shaping(what_.who->tenant)
      ->turn_away(points, drop_reason::memory);
    return;
  }
  const auto& account = shared_.credit.at({what_.who->lane, what_.who->tenant});
  auto bytes = byte_count{footprint(*seen)};
  if (const auto waiting = let_texts_wait(*seen, bytes, *account);
      waiting > 0) {
    shared_.metrics->count("pgmuster_texts_put_off_total",
                           "Texts of statements that were not taken since "
                           "credit was short; they are asked for again soon.",
                           static_cast<double>(waiting));
    timetable_.ask_again("statement_texts", shared_.clock->mono());
    if (points == 0) {
      return;
    }
    bytes = byte_count{footprint(*seen)};
  }
  auto lease = shaping_lease::open(shared_.books.shaping(what_.who->tenant),
                                   account, bytes, points, up);
  if (lease == nullptr) {
    skip("no_credit");
    return;
  }
  passing message;
  message.seen = std::move(seen);
  message.database = what_.database;
  message.lease = std::move(lease);
  cafc::tell(shared_.stages->find(what_.who->lane, stage::fingerprint),
             std::move(message));
}

void database_actor::tell_turned_away(cycle_harvest& harvest) {
  if (harvest.turned_away().empty()) {
    return;
  }
  for (const auto& one : harvest.turned_away()) {
    shared_.metrics->count("pgmuster_probe_rows_turned_away_total",
                           "Rows of probes beyond their limits, not read.",
                           static_cast<double>(one.second));
  }
  const auto& database = what_.database.empty() && memory_.identity
                           ? memory_.identity->database
                           : what_.database;
  harvest.add(
    turned_away_block(harvest.turned_away(), database, shared_.clock->wall()));
}

void database_actor::note_event(target_event event) {
  if (!shared_.events.contains(what_.who->tenant)) {
    return;
  }
  if (events_.size() >= limits::events_pending_max) {
    shared_.books.shaping(what_.who->tenant)
      ->turn_away(1, drop_reason::event_limit);
    return;
  }
  events_.push_back(std::move(event));
}

void database_actor::publish_events() {
  if (!events_.empty()) {
    auto seen = std::make_shared<observation>();
    seen->of = what_.who->described;
    seen->time = shared_.clock->wall();
    publish(std::move(seen), false);
  }
}

void database_actor::announce_databases(
  const std::vector<known_database>& found) {
  auto list = std::make_shared<std::vector<found_database>>();
  std::size_t turned_away = 0;
  for (const auto& one : found) {
    if (!selects(what_.who->target, one)) {
      continue;
    }
    if (list->size() < limits::databases_max) {
      list->push_back({one.oid, one.name});
    } else {
      ++turned_away;
    }
  }
  cafc::tell(what_.target,
             databases_found{std::move(list),
                             absent_databases(what_.who->target, found),
                             turned_away});
}

/// A server's own words may quote what it was given.
std::string database_actor::in_words(const error& what) const {
  auto words = describe(what);
  // As of a statement: `password: no such file` is no secret.
  shared_.net->clean(words, scrubbed_text::statement);
  return words;
}

std::string database_actor::note_state(bool up) {
  std::string next = "starting";
  if (up) {
    next = probe_errors_.empty() ? "up" : "degraded";
  } else if (last_error_.code) {
    next = "down";
  }
  const auto reason = next == "down" ? in_words(last_error_) : why_not_whole();
  const auto kind = last_error_.code.value();
  if (next != state_) {
    note_event(state_event(state_, next, last_error_, shared_.clock->wall()));
    state_ = next;
    told_.clear();
    told_.insert(kind);
    state_since_ = shared_.clock->wall();
    shared_.log->log(next == "down" ? log_level::warning : log_level::info,
                     "target is " + next,
                     {{"target", whom()}, {"reason", reason}});
  } else if (next == "down" && told_.insert(kind).second) {
    // Once for each kind, however often they take turns.
    note_event(state_event(state_, next, last_error_, shared_.clock->wall()));
    shared_.log->log(log_level::warning,
                     "target stays down, for another reason",
                     {{"target", whom()}, {"reason", reason}});
  }
  return reason;
}

/// What a restart, an administrator or a DROP DATABASE makes of any session is
/// no trouble yet: the next try tells, or the instance's next look.
std::string database_actor::trouble(bool up) const {
  if (up) {
    return first_probe_error();
  }
  const auto is = [this](postgres::errc code) {
    return last_error_.code == make_error_code(code);
  };
  const bool may_pass =
    is(postgres::errc::connection_lost) || is(postgres::errc::server_not_ready)
    || is(postgres::errc::refused) || is(postgres::errc::no_such_database);
  return may_pass && failures_ < 2 ? std::string{} : in_words(last_error_);
}

std::string database_actor::first_probe_error() const {
  if (probe_errors_.empty()) {
    return {};
  }
  const auto& [probe, words] = *probe_errors_.begin();
  return "probe " + probe + ": " + words;
}

std::string database_actor::why_not_whole() const {
  if (!probe_errors_.empty()) {
    return first_probe_error();
  }
  if (memory_.identity && !memory_.identity->privileged) {
    return "our role lacks pg_monitor; `pgmuster check` prints the GRANT";
  }
  return {};
}

void database_actor::add_vitals(target_status& status) const {
  status.transactions_per_second = vitals_.transactions_per_second();
  status.sessions = vitals_.sessions();
  status.active_sessions = vitals_.active_sessions();
  status.waiting_sessions = vitals_.waiting_sessions();
  status.cache_hit = vitals_.cache_hit_share();
  status.lag_seconds = vitals_.lag_seconds();
  if (const auto behind = vitals_.delay_bytes()) {
    status.lag_bytes = static_cast<std::int64_t>(*behind);
  }
}

std::shared_ptr<target_status> database_actor::status_now(bool up,
                                                          const cycle* ended) {
  auto status = std::make_shared<target_status>();
  status->reason = note_state(up);
  status->tenant = what_.who->tenant;
  status->target = what_.who->target.name;
  status->host = what_.who->target.host;
  status->port = what_.who->target.port;
  status->state = state_;
  status->state_since = state_since_;
  if (memory_.identity) {
    // "15.18 (Debian 15.18-0+deb12u1)": who packaged it is in target.info.
    const auto& version = memory_.identity->version;
    status->version = version.substr(0, version.find(' '));
    status->role = memory_.identity->standby ? "standby" : "primary";
  }
  status->pooled = session_ != nullptr && session_->facts().pooled;
  if (up) {
    add_vitals(*status);
  }
  status->cycles = cycles_;
  status->cycles_failed = cycles_failed_;
  status->cycles_skipped = cycles_skipped_;
  if (up && ended != nullptr) {
    last_.at = shared_.clock->wall();
    last_.took = std::chrono::duration_cast<milliseconds>(shared_.clock->mono()
                                                          - ended->due);
    last_.cost = ended->cost;
  }
  status->last_cycle = last_.at;
  status->last_cycle_took = last_.took;
  status->last_cycle_cost = last_.cost;
  for (const auto* probe : mine_) {
    if (!probe->left_out.empty()) {
      status->degraded_probes.push_back(probe->definition->name);
    }
  }
  return status;
}

void database_actor::report(bool up, std::uint64_t points, const cycle* ended) {
  cycle_report message;
  message.database = what_.database;
  message.instance = what_.instance;
  message.points = points;
  message.cost = ended != nullptr ? ended->cost : microseconds{0};
  if (what_.instance) {
    message.status = status_now(up, ended);
  } else {
    message.trouble = trouble(up);
  }
  cafc::tell(what_.target, std::move(message));
  publish_events();
}

void database_actor::say_down() {
  if (!last_error_.code) {
    return;
  }
  const auto wall = shared_.clock->wall();
  cycle_harvest harvest{what_.who, nullptr, memory_, wall};
  harvest.add(up_block(false, wall));
  publish(harvest.finish(), true);
  report(false, 1, nullptr);
}

} // namespace pgmuster
