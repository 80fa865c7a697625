#include "actors/database_actor.hpp"

#include "actors/target_events.hpp"
#include "routing/schedule.hpp"

#include <algorithm>

namespace pgmuster {

namespace {

/// A server whose catalog does not fit is asked for its shape this often.
constexpr milliseconds refit_pause{60'000};

/// In one cycle of so many answers are read as they come, to know what each
/// probe costs; in the others they are gathered.
constexpr std::uint64_t cycles_a_timing = 8;

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
    want_permit();
  }
  schedule_tick();
  return {
    [this](const tick& now) { on_tick(now); },
    [this](connect_finished& end) { on_connected(end); },
    [this](const socket_ready& ready) { on_ready(ready); },
    [this](const cycle_deadline& late) { on_deadline(late); },
    [this](const permit_granted& granted) { on_permit(granted); },
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

milliseconds database_actor::tick_interval() const {
  return catalog_         ? timetable_.base()
         : what_.instance ? shared_.config.intervals.default_interval
                          : shared_.config.intervals.by_name.at("database");
}

void database_actor::schedule_tick() {
  const auto spread =
    database_phase(what_.who->described->hash, what_.database);
  const auto due = next_due(shared_.clock->mono(), tick_interval(), spread,
                            shared_.begin_together);
  tick_due_ = due;
  const auto self = caf::actor_cast<caf::actor>(this);
  tick_timer_ = shared_.loop->start_timer(
    due, [self, due] { cafc::tell(self, tick{due}); });
}

void database_actor::arm_deadline(mono_time due) {
  shared_.loop->cancel_timer(deadline_timer_);
  const auto self = caf::actor_cast<caf::actor>(this);
  deadline_timer_ = shared_.loop->start_timer(due, [self, which = generation_] {
    cafc::tell(self, cycle_deadline{which});
  });
}

void database_actor::on_tick(const tick& now) {
  if (closing_ || now.due != tick_due_) {
    // One that was on its way when the ticks were set anew: a second chain of
    // ticks would begin with it.
    return;
  }
  schedule_tick();
  // A tick that came so late that the next ones have passed stands for them.
  for (auto lost = now.due + tick_interval(); lost < tick_due_;
       lost += tick_interval()) {
    skip("late");
  }
  switch (phase_) {
  case phase::idle:
    if (unfit_) {
      unfit_ = false;
      session_->forget_prepared();
      ask(phase::asking_shape_key, std::string{postgres::shape_key_sql()},
          "shape_key");
    } else if (held_back(now.due)) {
      skip("memory");
    } else {
      begin_cycle(now.due);
    }
    return;
  case phase::absent:
    if (what_.instance) {
      say_down();
    }
    if (shared_.clock->mono() >= connect_not_before_) {
      want_permit();
    }
    return;
  case phase::cycling:
    skip("still_running");
    return;
  default:
    skip("not_connected");
    if (what_.instance && failures_ > 0) {
      say_down();
    }
  }
}

void database_actor::skip(const char* reason) {
  ++cycles_skipped_;
  shared_.metrics->cycle_skipped(reason);
}

void database_actor::want_permit() {
  phase_ = phase::waiting_for_permit;
  cafc::tell(what_.target, permit_wanted{what_.database});
}

void database_actor::on_permit(const permit_granted& granted) {
  if (!closing_ && phase_ == phase::waiting_for_permit) {
    connect(granted.permit);
  }
}

// -- a cycle -----------------------------------------------------------------

/// Memory is short: intervals are stretched, and of a tenant that is turned
/// away the instances alone are asked, who they are.
bool database_actor::held_back(mono_time due) const {
  if (shared_.memory.turns_away(what_.who->tenant)) {
    return !what_.instance || identity_ == nullptr;
  }
  const auto stretch = shared_.memory.stretch();
  const auto number = due.time_since_epoch() / tick_interval();
  return stretch > 1
         && (static_cast<std::uint64_t>(number) + what_.who->described->hash)
                % stretch
              != 0;
}

void database_actor::begin_cycle(mono_time due) {
  const auto now = shared_.clock->mono();
  cycle made;
  made.due = due;
  made.began = now;
  if (!shared_.memory.turns_away(what_.who->tenant)) {
    made.probes = timetable_.take_due(now);
  }
  if (identity_ != nullptr) {
    made.probes.insert(made.probes.begin(), identity_);
  }
  if (made.probes.empty()) {
    if (!what_.instance) {
      drop_session();
    }
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
    call.parameter = known_entries(memory_, *probe);
    if (session_->facts().pooled && identity_ != nullptr
        && probe != identity_) {
      call.companion_sql = identity_->sql;
    }
    calls.push_back(std::move(call));
  }
  phase_ = phase::cycling;
  made.patience.emplace(now, shared_.config.timeouts.probe,
                        shared_.config.timeouts.cycle);
  arm_deadline(made.patience->due());
  running_ = std::move(made);
  const auto when = cycles_ % cycles_a_timing == 0
                      ? postgres::reading::prompt
                      : postgres::reading::gathered;
  if (auto sent = session_->start(std::move(calls), when); !sent) {
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
  for (auto& answer : answers.value()) {
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

void database_actor::take(postgres::statement_result& answer) {
  auto& now = *running_;
  if (answer.index >= now.probes.size()) {
    return;
  }
  const auto& probe = *now.probes[answer.index];
  now.answered = answer.index + 1;
  now.patience->answered(shared_.clock->mono());
  now.cost += timetable_.cost_of(probe, answer.took);
  if (!answer.rows) {
    ++now.failed;
    note_probe_failure(probe, answer.rows.error());
    return;
  }
  const auto rows = answer.rows.value().rows();
  shared_.metrics->probe_finished(probe.definition->name, answer.took, rows,
                                  rows * probe.layout->columns.size());
  now.harvest->absorb(probe, std::move(answer.rows.value()), answer.companion);
  if (&probe == identity_) {
    now.identified = true;
  }
  refitted_.erase(probe.definition->name);
  if (probe_errors_.erase(probe.definition->name) > 0) {
    probe_kinds_told_.erase(probe.definition->name);
    shared_.log->log(log_level::info, "a probe works again",
                     {{"target", whom()}, {"probe", probe.definition->name}});
  }
}

void database_actor::note_probe_failure(const negotiated_probe& probe,
                                        const error& what) {
  const auto& called = probe.definition->name;
  shared_.metrics->probe_failed(called, what.code.message());
  const auto stale =
    what.code == make_error_code(postgres::errc::stale_statement);
  if (stale || what.code == make_error_code(postgres::errc::undefined)) {
    // An extension was altered or a view replaced under our session.
    fit_again();
  }
  // Fitting it anew mends it, unless the server simply says so of this probe.
  if (stale && refitted_.insert(called).second) {
    return;
  }
  const auto kind = what.code.message() + sqlstate_of(what);
  if (auto& told = probe_kinds_told_[called]; told != kind) {
    told = kind;
    note_event(
      probe_event(called, what_.database, what, shared_.clock->wall()));
  }
  const auto words = in_words(what);
  auto& known = probe_errors_[called];
  if (known != words) {
    known = words;
    shared_.log->log(log_level::warning,
                     "a probe failed; it is tried again each time",
                     {{"target", whom()}, {"probe", called}, {"error", words}});
  }
}

void database_actor::fit_again() {
  const auto now = shared_.clock->mono();
  if (now >= fit_not_before_) {
    fit_not_before_ = now + refit_pause;
    unfit_ = true;
    shared_.shapes.forget(shape_key_);
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
  tell_turned_away(*ended.harvest);
  for (const auto& cause : ended.harvest->gaps()) {
    note_event(gap_event(cause, what_.database, wall));
  }
  const auto found = ended.harvest->databases();
  auto seen = ended.harvest->finish();
  for (const auto& probe : ended.harvest->misread()) {
    shared_.metrics->probe_failed(probe, "bad_cell");
  }
  const auto points = seen->points;
  const auto only_identity =
    ended.probes.size() == 1 && ended.probes.front() == identity_;
  publish(std::move(seen), only_identity);
  if (found) {
    announce_databases(*found);
  }
  report(true, points, &ended);
  if (std::exchange(failures_, 0) > 0) {
    shared_.log->log(log_level::info, "a database is collected again",
                     {{"target", whom()}});
  }
  if (closing_) {
    quit();
  } else if (!what_.instance) {
    drop_session();
  }
}

void database_actor::on_deadline(const cycle_deadline& late) {
  // Late by a moment: the cycle ended while this was on its way.
  if (late.generation != generation_ || session_ == nullptr
      || phase_ == phase::idle) {
    return;
  }
  if (running_) {
    judge_cycle();
    return;
  }
  lose_session(fail(postgres::errc::timed_out,
                    "the server did not say in time what it has"));
}

void database_actor::judge_cycle() {
  auto& now = *running_;
  switch (now.patience->judge(shared_.clock->mono())) {
  case cycle_patience::verdict::wait:
    // Answers have come since the timer was set.
    arm_deadline(now.patience->due());
    return;
  case cycle_patience::verdict::cancel:
    shared_.metrics->count("pgmuster_cycle_deadlines_total",
                           "Deadlines of a probe or a cycle that passed; the "
                           "query is cancelled.");
    session_->cancel();
    arm_deadline(now.patience->due());
    return;
  case cycle_patience::verdict::give_up:
    break;
  }
  const auto& hangs =
    now.probes[std::min(now.answered, now.probes.size() - 1)]->definition->name;
  lose_session(fail(postgres::errc::timed_out,
                    now.patience->cycle_is_over()
                      ? "the cycle's deadline passed in the probe " + hangs
                      : "the server did not answer the probe " + hangs));
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
