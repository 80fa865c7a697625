// A database actor's connection: how it is made, fitted with a catalog, lost.
#include "actors/chance.hpp"
#include "actors/database_actor.hpp"
#include "routing/schedule.hpp"

namespace pgmuster {

namespace {

/// Both rights that a connection needs: the target's and the process's.
struct connection_permit {
  std::shared_ptr<services> shared;
  permit_pool::permit of_target;

  connection_permit(std::shared_ptr<services> counts_in,
                    permit_pool::permit permit)
    : shared(std::move(counts_in)), of_target(std::move(permit)) {}
  connection_permit(const connection_permit&) = delete;
  connection_permit& operator=(const connection_permit&) = delete;
  ~connection_permit() { shared->connections.fetch_sub(1); }
};

bool needs_a_person(const error& why) {
  return why.code == make_error_code(postgres::errc::authentication_failed)
         || why.code == make_error_code(postgres::errc::tls_failed)
         || why.code == make_error_code(postgres::errc::no_such_database)
         || why.code == make_error_code(postgres::errc::bad_dsn)
         || why.code == make_error_code(postgres::errc::bad_password_source);
}

/// Wrong passwords and refused certificates do not mend themselves quickly.
backoff_limits pauses_after(const error& why, const reconnect_config& config) {
  return needs_a_person(why)
           ? backoff_limits{config.refused_after, config.refused_at_most}
           : backoff_limits{config.after, config.at_most};
}

} // namespace

void database_actor::connect(permit_pool::permit permit) {
  if (shared_.stopping.load()) {
    return;
  }
  if (shared_.connections.fetch_add(1) >= shared_.connections_max) {
    shared_.connections.fetch_sub(1);
    skip("no_connection_permit");
    last_error_ = fail(postgres::errc::too_many_ours,
                       "the process has no connection permit left");
    phase_ = phase::absent;
    if (!what_.instance) {
      report(false, 0, nullptr);
    }
    return;
  }
  phase_ = phase::connecting;
  ++generation_;
  connect_began_ = shared_.clock->mono();
  postgres::connect_request request;
  request.dsn = what_.who->target.dsn;
  request.password = what_.who->target.password;
  request.tls = what_.who->target.tls;
  request.database = what_.database;
  request.deadline = shared_.config.timeouts.probe;
  request.statement_timeout = shared_.config.timeouts.statement;
  request.lock_timeout = shared_.config.timeouts.lock;
  request.permit =
    std::make_shared<connection_permit>(what_.shared, std::move(permit));
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
  arm_deadline(shared_.clock->mono() + shared_.config.timeouts.probe);
  std::vector<postgres::statement_call> calls(1);
  calls[0].id = id;
  calls[0].sql = std::move(sql);
  if (auto sent = session_->start(std::move(calls)); !sent) {
    lose_session(sent.error());
  }
}

void database_actor::on_shape_key(const postgres::statement_result& answer) {
  const auto& rows = answer.rows.value();
  // The text is some kilobytes, and every database keeps its key.
  shape_key_ = std::to_string(
    stable_hash(rows.rows() > 0 ? rows.row(0)[0].text() : "", ""));
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
    negotiate(shared_.catalog, shape, {shared_.config.statements.text_bytes}));
  use_catalog(shared_.shapes.put(shape_key_, std::move(made)));
}

void database_actor::use_catalog(
  std::shared_ptr<const negotiated_catalog> catalog) {
  if (catalog != catalog_) {
    catalog_ = std::move(catalog);
    mine_.clear();
    probe_errors_.clear();
    identity_ = nullptr;
    for (const auto& probe : catalog_->probes) {
      if (probe.definition->name == "identity") {
        identity_ = &probe;
      } else if (what_.instance
                 || probe.definition->scope == probe_scope::database) {
        mine_.push_back(&probe);
      }
      if (probe.definition->family == probe_family::sampled) {
        memory_.samples.interval =
          interval_of(*probe.definition, shared_.config.intervals);
      }
    }
    const auto policy = shared_.events.find(what_.who->tenant);
    memory_.shapes = shared_.fingerprints.get();
    memory_.samples.events =
      policy == shared_.events.end() ? nullptr : &policy->second->how;
    timetable_ = probe_timetable{mine_, shared_.config.intervals};
    if (what_.instance) {
      for (const auto& [probe, why] : catalog_->absent) {
        // What helps is in the reason; said once, however often we connect.
        const auto missed =
          probe == "statements" && left_out_told_.insert(why).second;
        shared_.log->log(missed ? log_level::warning : log_level::debug,
                         missed ? "no statements are collected of this target"
                                : "a probe is left out",
                         {{"target", whom()}, {"probe", probe}, {"why", why}});
      }
    }
  }
  phase_ = phase::idle;
  if (what_.instance) {
    failures_ = 0;
  }
  shared_.loop->cancel_timer(tick_timer_);
  schedule_tick();
  begin_cycle(shared_.clock->mono());
}

void database_actor::drop_session() {
  session_.reset();
  ++generation_;
  phase_ = phase::absent;
}

void database_actor::lose_session(const error& why) {
  shared_.loop->cancel_timer(deadline_timer_);
  const auto was_known_down = failures_ > 0;
  const auto told = running_.has_value();
  ++failures_;
  ++cycles_failed_;
  last_error_ = why;
  drop_session();
  connect_not_before_ = shared_.clock->mono()
                        + backoff(pauses_after(why, shared_.config.reconnect),
                                  failures_, uniform_chance());
  if (running_) {
    // What had come before the loss is still true.
    auto broken_off = std::move(*running_);
    running_.reset();
    auto seen = broken_off.harvest->finish();
    const auto points = seen->points;
    publish(std::move(seen), false);
    report(false, points, &broken_off);
  }
  if (closing_) {
    quit();
    return;
  }
  if (what_.instance) {
    vitals_ = vitals{};
    say_down();
    return;
  }
  if (!told) {
    report(false, 0, nullptr);
  }
  if (!was_known_down) {
    shared_.log->log(log_level::warning, "a database cannot be collected",
                     {{"target", whom()}, {"error", in_words(why)}});
  }
}

} // namespace pgmuster
