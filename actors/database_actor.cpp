#include "actors/database_actor.hpp"

#include "config/limits.hpp"
#include "routing/schedule.hpp"

#include <algorithm>
#include <random>

namespace pgmuster {

namespace {

constexpr backoff_limits reconnect{milliseconds{1'000}, milliseconds{60'000}};
/// Wrong passwords and refused certificates do not mend themselves quickly.
constexpr backoff_limits reconnect_slowly{milliseconds{30'000},
                                          milliseconds{300'000}};
/// After our cancel the server gets this long before the connection is closed.
constexpr milliseconds cancel_grace{1'000};

double uniform() {
  thread_local std::minstd_rand engine{std::random_device{}()};
  return std::uniform_real_distribution<double>{0.0, 1.0}(engine);
}

bool needs_a_person(const error& why) {
  return why.code == make_error_code(postgres::errc::authentication_failed)
         || why.code == make_error_code(postgres::errc::tls_failed)
         || why.code == make_error_code(postgres::errc::no_such_database)
         || why.code == make_error_code(postgres::errc::bad_dsn)
         || why.code == make_error_code(postgres::errc::bad_password_source);
}

/// A provider's own databases, which nobody else may enter.
bool reserved_database(const std::string& name) {
  static const char* const names[] = {"rdsadmin", "cloudsqladmin",
                                      "azure_maintenance", "azure_sys"};
  return std::any_of(std::begin(names), std::end(names),
                     [&](const char* one) { return name == one; });
}

} // namespace

database_actor::database_actor(caf::actor_config& config,
                               database_assignment what)
  : caf::event_based_actor(config),
    what_(std::move(what)),
    shared_(*what_.shared) {}

caf::behavior database_actor::make_behavior() {
  state_since_ = shared_.clock->wall();
  if (what_.instance) {
    report(false, 0, nullptr);
    connect();
  }
  schedule_tick();
  return {
    [this](const tick& now) { on_tick(now); },
    [this](connect_finished& end) { on_connected(end); },
    [this](const socket_ready& ready) { on_ready(ready); },
    [this](const cycle_deadline& late) { on_deadline(late); },
    [this](const permit_granted&) { on_permit(); },
    [this](const close_down&) { on_close(); },
  };
}

void database_actor::on_exit() {
  shared_.loop->cancel_timer(tick_timer_);
  shared_.loop->cancel_timer(deadline_timer_);
  running_.reset();
  drop_session();
  what_.target = nullptr;
}

std::string database_actor::whom() const {
  return what_.database.empty() ? label(*what_.who)
                                : label(*what_.who) + "/" + what_.database;
}

// -- time
// ----------------------------------------------------------------------

void database_actor::schedule_tick() {
  const auto base = catalog_ ? timetable_.base()
                    : what_.instance
                      ? shared_.config.intervals.default_interval
                      : shared_.config.intervals.by_name.at("database");
  const auto spread =
    what_.who->described->hash ^ std::hash<std::string>{}(what_.database);
  const auto due = next_due(shared_.clock->mono(), base, spread);
  const auto self = caf::actor_cast<caf::actor>(this);
  tick_timer_ = shared_.loop->start_timer(
    due, [self, due] { cafc::tell(self, tick{due}); });
}

void database_actor::arm_deadline(milliseconds after) {
  shared_.loop->cancel_timer(deadline_timer_);
  const auto self = caf::actor_cast<caf::actor>(this);
  deadline_timer_ = shared_.loop->start_timer(
    shared_.clock->mono() + after,
    [self, which = generation_] { cafc::tell(self, cycle_deadline{which}); });
}

void database_actor::on_tick(const tick& now) {
  if (closing_) {
    return;
  }
  schedule_tick();
  last_tick_due_ = now.due;
  switch (phase_) {
  case phase::idle:
    begin_cycle(now.due);
    return;
  case phase::absent:
    if (what_.instance) {
      say_down();
      if (shared_.clock->mono() >= connect_not_before_) {
        connect();
      }
    } else if (shared_.clock->mono() >= connect_not_before_) {
      phase_ = phase::waiting_for_permit;
      cafc::tell(what_.target, permit_wanted{what_.database});
    }
    return;
  case phase::cycling:
    shared_.metrics->cycle_skipped("still_running");
    return;
  default:
    shared_.metrics->cycle_skipped("not_connected");
    if (what_.instance && failures_ > 0) {
      say_down();
    }
  }
}

void database_actor::on_permit() {
  permit_ = true;
  if (closing_ || phase_ != phase::waiting_for_permit) {
    give_back_permit();
    return;
  }
  connect();
}

void database_actor::give_back_permit() {
  if (permit_) {
    permit_ = false;
    cafc::tell(what_.target, permit_returned{what_.database});
  }
}

// -- connecting
// ------------------------------------------------------------------

void database_actor::connect() {
  if (shared_.stopping.load() || closing_) {
    return;
  }
  if (shared_.connections.fetch_add(1) >= shared_.connections_max) {
    shared_.connections.fetch_sub(1);
    shared_.metrics->cycle_skipped("no_connection_permit");
    last_error_ = fail(postgres::errc::too_many_ours,
                       "the process has no connection permit left");
    phase_ = phase::absent;
    give_back_permit();
    return;
  }
  counted_ = true;
  phase_ = phase::connecting;
  ++generation_;
  connect_began_ = shared_.clock->mono();
  postgres::connect_request request;
  request.dsn = what_.who->target.dsn;
  request.password = what_.who->target.password;
  request.database = what_.database;
  request.deadline = shared_.config.timeouts.probe;
  request.statement_timeout = shared_.config.timeouts.statement;
  request.lock_timeout = shared_.config.timeouts.lock;
  const auto self = caf::actor_cast<caf::actor>(this);
  shared_.connector->connect(
    std::move(request),
    [self, which = generation_](result<std::unique_ptr<postgres::session>> r) {
      cafc::tell(
        self,
        connect_finished{
          which, std::make_shared<result<std::unique_ptr<postgres::session>>>(
                   std::move(r))});
    });
}

void database_actor::on_connected(connect_finished& end) {
  auto outcome = std::move(*end.outcome);
  if (end.generation != generation_ || phase_ != phase::connecting) {
    return;
  }
  const auto took = std::chrono::duration_cast<milliseconds>(
    shared_.clock->mono() - connect_began_);
  if (!outcome) {
    shared_.metrics->connect_finished(outcome.error().code.message(), took);
    lose_session(outcome.error());
    return;
  }
  shared_.metrics->connect_finished("ok", took);
  if (closing_) {
    drop_session();
    quit();
    return;
  }
  adopt(std::move(outcome.value()));
}

void database_actor::adopt(std::unique_ptr<postgres::session> session) {
  session_ = std::move(session);
  if (!warned_ && !session_->facts().warning.empty()) {
    warned_ = true;
    shared_.log->log(log_level::warning, session_->facts().warning,
                     {{"target", whom()}});
  }
  const auto self = caf::actor_cast<caf::actor>(this);
  session_->notify(
    [self, which = generation_] { cafc::tell(self, socket_ready{which}); });
  ask(phase::asking_shape_key, std::string{postgres::shape_key_sql()},
      "shape_key");
}

void database_actor::ask(phase next, std::string sql, const char* id) {
  phase_ = next;
  arm_deadline(shared_.config.timeouts.probe);
  std::vector<postgres::statement_call> calls(1);
  calls[0].id = id;
  calls[0].sql = std::move(sql);
  if (auto sent = session_->start(std::move(calls)); !sent) {
    lose_session(sent.error());
  }
}

void database_actor::on_shape_key(const postgres::statement_result& answer) {
  const auto& rows = answer.rows.value();
  shape_key_ = rows.rows() > 0 ? std::string{rows.row(0)[0].text()} : "";
  if (auto known = shared_.shapes.find(shape_key_); known != nullptr) {
    use_catalog(std::move(known));
    return;
  }
  ask(phase::asking_shape, postgres::shape_sql(shared_.catalog), "shape");
}

void database_actor::on_shape(const postgres::statement_result& answer) {
  const auto shape =
    postgres::read_shape(answer.rows.value(), session_->facts().version_num);
  auto made = std::make_shared<const negotiated_catalog>(
    negotiate(shared_.catalog, shape));
  shared_.shapes.put(shape_key_, made);
  use_catalog(std::move(made));
}

void database_actor::use_catalog(
  std::shared_ptr<const negotiated_catalog> catalog) {
  if (catalog != catalog_) {
    catalog_ = std::move(catalog);
    mine_.clear();
    identity_ = nullptr;
    for (const auto& probe : catalog_->probes) {
      if (probe.definition->name == "identity") {
        identity_ = &probe;
      } else if (what_.instance
                 || probe.definition->scope == probe_scope::database) {
        mine_.push_back(&probe);
      }
    }
    timetable_ = probe_timetable{mine_, shared_.config.intervals};
    if (what_.instance) {
      for (const auto& [probe, why] : catalog_->absent) {
        shared_.log->log(log_level::debug, "a probe is left out",
                         {{"target", whom()}, {"probe", probe}, {"why", why}});
      }
    }
  }
  phase_ = phase::idle;
  failures_ = 0;
  shared_.loop->cancel_timer(tick_timer_);
  schedule_tick();
  begin_cycle(shared_.clock->mono());
}

// -- a cycle
// -----------------------------------------------------------------------

void database_actor::begin_cycle(mono_time due) {
  const auto now = shared_.clock->mono();
  cycle made;
  made.due = due;
  made.began = now;
  made.probes = timetable_.take_due(now);
  if (identity_ != nullptr) {
    made.probes.insert(made.probes.begin(), identity_);
  }
  if (made.probes.empty()) {
    return;
  }
  made.harvest = std::make_unique<cycle_harvest>(
    what_.who, session_->facts().pooled ? identity_ : nullptr, memory_,
    shared_.clock->wall());
  std::vector<postgres::statement_call> calls;
  calls.reserve(made.probes.size());
  for (const auto* probe : made.probes) {
    postgres::statement_call call;
    call.id = probe->definition->name;
    call.sql = probe->sql;
    if (session_->facts().pooled && identity_ != nullptr
        && probe != identity_) {
      call.companion_sql = identity_->sql;
    }
    calls.push_back(std::move(call));
  }
  phase_ = phase::cycling;
  running_ = std::move(made);
  arm_deadline(shared_.config.timeouts.cycle);
  if (auto sent = session_->start(std::move(calls)); !sent) {
    lose_session(sent.error());
  }
}

void database_actor::on_ready(const socket_ready& ready) {
  if (ready.generation != generation_ || session_ == nullptr) {
    return;
  }
  auto answers = session_->advance();
  if (!answers) {
    lose_session(answers.error());
    return;
  }
  for (const auto& answer : answers.value()) {
    const auto during = phase_;
    if (during == phase::cycling) {
      take(answer);
    } else if (!answer.rows) {
      lose_session(answer.rows.error());
      return;
    } else if (during == phase::asking_shape_key) {
      on_shape_key(answer);
    } else if (during == phase::asking_shape) {
      on_shape(answer);
    }
  }
  if (phase_ == phase::cycling && session_ != nullptr && session_->idle()) {
    end_cycle();
  }
}

void database_actor::take(const postgres::statement_result& answer) {
  auto& now = *running_;
  if (answer.index >= now.probes.size()) {
    return;
  }
  const auto& probe = *now.probes[answer.index];
  now.cost += answer.took;
  if (!answer.rows) {
    ++now.failed;
    note_probe_failure(probe, answer.rows.error());
    return;
  }
  const auto bad_before = now.harvest->bad_cells();
  now.harvest->absorb(probe, answer.rows.value(), answer.companion);
  if (&probe == identity_) {
    now.identified = true;
  }
  shared_.metrics->probe_finished(
    probe.definition->name, answer.took, answer.rows.value().rows(),
    answer.rows.value().rows() * probe.layout->columns.size());
  if (now.harvest->bad_cells() != bad_before) {
    shared_.metrics->probe_failed(probe.definition->name, "bad_cell");
  }
  if (probe_errors_.erase(probe.definition->name) > 0) {
    shared_.log->log(log_level::info, "a probe works again",
                     {{"target", whom()}, {"probe", probe.definition->name}});
  }
}

void database_actor::note_probe_failure(const negotiated_probe& probe,
                                        const error& what) {
  const auto& called = probe.definition->name;
  shared_.metrics->probe_failed(called, what.code.message());
  if (what.code == make_error_code(postgres::errc::stale_statement)) {
    shared_.shapes.forget(shape_key_);
    session_->forget_prepared();
    return;
  }
  const auto words = describe(what);
  auto& known = probe_errors_[called];
  if (known != words) {
    known = words;
    shared_.log->log(log_level::warning,
                     "a probe failed; it is tried again each time",
                     {{"target", whom()}, {"probe", called}, {"error", words}});
  }
}

void database_actor::end_cycle() {
  shared_.loop->cancel_timer(deadline_timer_);
  auto ended = std::move(*running_);
  running_.reset();
  phase_ = phase::idle;
  ++cycles_;
  const auto now = shared_.clock->mono();
  shared_.metrics->cycle_finished(
    std::chrono::duration_cast<milliseconds>(now - ended.began),
    std::chrono::duration_cast<milliseconds>(now - ended.due));
  const auto wall = shared_.clock->wall();
  if (what_.instance) {
    vitals_.absorb(ended.harvest->blocks(), wall);
    ended.harvest->add(up_block(ended.identified, wall));
    if (memory_.identity) {
      ended.harvest->add(info_block(*memory_.identity, wall));
    }
    if (auto degraded = degraded_block(mine_, wall); !degraded.rows.empty()) {
      ended.harvest->add(std::move(degraded));
    }
  }
  const auto found = ended.harvest->databases();
  auto seen = ended.harvest->finish();
  const auto points = seen->points;
  publish(std::move(seen), false);
  if (found) {
    announce_databases(*found);
  }
  report(true, points, &ended);
  if (closing_) {
    quit();
  } else if (!what_.instance) {
    drop_session();
    give_back_permit();
  }
}

void database_actor::publish(std::shared_ptr<observation> seen, bool up) {
  if (seen->points == 0 && seen->texts.empty()) {
    return;
  }
  const auto bytes = byte_count{footprint(*seen)};
  const auto& account = shared_.credit.at({what_.who->lane, what_.who->tenant});
  auto lease = shaping_lease::open(shared_.books.shaping(what_.who->tenant),
                                   account, bytes, seen->points, up);
  if (lease == nullptr) {
    shared_.metrics->cycle_skipped("no_credit");
    return;
  }
  passing message;
  message.seen = std::move(seen);
  message.lease = std::move(lease);
  cafc::tell(shared_.stages->find(what_.who->lane, stage::fingerprint),
             std::move(message));
}

void database_actor::on_deadline(const cycle_deadline& late) {
  if (late.generation != generation_ || session_ == nullptr) {
    return;
  }
  if (running_ && !running_->cancelled) {
    running_->cancelled = true;
    shared_.metrics->count("pgmuster_cycle_deadlines_total",
                           "Cycles whose time was up; the query is cancelled.");
    session_->cancel();
    arm_deadline(cancel_grace);
    return;
  }
  lose_session(fail(postgres::errc::timed_out,
                    "the server did not answer within the cycle's deadline"));
}

// -- what is said of it
// --------------------------------------------------------------

bool database_actor::selected(const known_database& found) const {
  const auto& wanted = what_.who->target.databases;
  if (!found.connectable || reserved_database(found.name)
      || found.name == what_.who->target.database) {
    return false;
  }
  switch (wanted.which) {
  case database_selection::kind::all:
    return true;
  case database_selection::kind::own:
    return false;
  case database_selection::kind::listed:
    return std::find(wanted.names.begin(), wanted.names.end(), found.name)
           != wanted.names.end();
  }
  return false;
}

void database_actor::announce_databases(
  const std::vector<known_database>& found) {
  auto list = std::make_shared<std::vector<found_database>>();
  for (const auto& one : found) {
    if (selected(one) && list->size() < limits::databases_max) {
      list->push_back({one.oid, one.name});
    }
  }
  cafc::tell(what_.target, databases_found{std::move(list)});
}

void database_actor::report(bool up, std::uint64_t points, const cycle* ended) {
  cycle_report message;
  message.database = what_.database;
  message.instance = what_.instance;
  message.points = points;
  message.cost = ended != nullptr ? ended->cost : microseconds{0};
  if (what_.instance) {
    auto status = std::make_shared<target_status>();
    const auto wall = shared_.clock->wall();
    const std::string next = up ? (probe_errors_.empty() ? "up" : "degraded")
                             : last_error_.code ? "down"
                                                : "starting";
    if (next != state_) {
      state_ = next;
      state_since_ = wall;
      const auto down = next == "down";
      shared_.log->log(
        down ? log_level::warning : log_level::info, "target is " + next,
        {{"target", whom()}, {"reason", down ? describe(last_error_) : ""}});
    }
    status->tenant = what_.who->tenant;
    status->target = what_.who->target.name;
    status->host = what_.who->target.host;
    status->port = what_.who->target.port;
    status->state = state_;
    status->state_since = state_since_;
    status->reason =
      next == "down" ? describe(last_error_)
      : probe_errors_.empty()
        ? (memory_.identity && !memory_.identity->privileged
             ? "the role lacks pg_monitor: GRANT pg_monitor TO it"
             : "")
        : "probe " + probe_errors_.begin()->first + ": "
            + probe_errors_.begin()->second;
    if (memory_.identity) {
      status->version = memory_.identity->version;
      status->role = memory_.identity->standby ? "standby" : "primary";
    }
    status->pooled = session_ != nullptr && session_->facts().pooled;
    if (up) {
      status->transactions_per_second = vitals_.transactions_per_second();
      status->active_sessions = vitals_.active_sessions();
      status->waiting_sessions = vitals_.waiting_sessions();
      status->cache_hit = vitals_.cache_hit_share();
      status->lag_seconds = vitals_.lag_seconds();
      if (const auto behind = vitals_.delay_bytes()) {
        status->lag_bytes = static_cast<std::int64_t>(*behind);
      }
    }
    status->cycles = cycles_;
    status->cycles_failed = cycles_failed_;
    if (ended != nullptr) {
      status->last_cycle = wall;
      status->last_cycle_took = std::chrono::duration_cast<milliseconds>(
        shared_.clock->mono() - ended->due);
      status->last_cycle_cost = ended->cost;
    }
    for (const auto* probe : mine_) {
      if (!probe->left_out.empty()) {
        status->degraded_probes.push_back(probe->definition->name);
      }
    }
    message.status = std::move(status);
  }
  cafc::tell(what_.target, std::move(message));
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

// -- ends
// ----------------------------------------------------------------------------

void database_actor::drop_session() {
  session_.reset();
  ++generation_;
  phase_ = phase::absent;
  if (counted_) {
    counted_ = false;
    shared_.connections.fetch_sub(1);
  }
}

void database_actor::lose_session(const error& why) {
  shared_.loop->cancel_timer(deadline_timer_);
  const auto was_known_down = failures_ > 0;
  ++failures_;
  ++cycles_failed_;
  last_error_ = why;
  drop_session();
  give_back_permit();
  connect_not_before_ =
    shared_.clock->mono()
    + backoff(needs_a_person(why) ? reconnect_slowly : reconnect, failures_,
              uniform());
  if (running_) {
    // What had come before the loss is still true.
    auto seen = running_->harvest->finish();
    running_.reset();
    publish(std::move(seen), false);
  }
  if (closing_) {
    quit();
    return;
  }
  if (what_.instance) {
    vitals_ = vitals{};
    say_down();
  } else if (!was_known_down) {
    shared_.log->log(log_level::warning, "a database cannot be collected",
                     {{"target", whom()}, {"error", describe(why)}});
  }
}

void database_actor::on_close() {
  closing_ = true;
  shared_.loop->cancel_timer(tick_timer_);
  if (phase_ != phase::cycling) {
    drop_session();
    quit();
  }
}

} // namespace pgmuster
