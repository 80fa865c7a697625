#include "actors/target_actor.hpp"

#include "actors/chance.hpp"

#include <algorithm>
#include <map>

namespace pgmuster {

target_actor::target_actor(caf::actor_config& config,
                           std::shared_ptr<services> shared,
                           std::shared_ptr<const target_identity> who)
  : caf::event_based_actor(config),
    shared_(std::move(shared)),
    who_(std::move(who)),
    permits_(shared_->permits.of(label(*who_),
                                 shared_->config.process.target_connections)) {}

caf::behavior target_actor::make_behavior() {
  cafc::on_down(this, [this](caf::actor_id id, const std::string& why) {
    on_down(id, why);
  });
  permits_->on_return([to = address()] {
    if (const auto self = caf::actor_cast<caf::actor>(to)) {
      cafc::tell(self, permit_returned{});
    }
  });
  start("");
  return {
    [this](const databases_found& found) { on_found(found); },
    [this](const permit_wanted& wanted) { on_permit_wanted(wanted); },
    [this](const permit_returned&) { grant_all(); },
    [this](const cycle_report& report) { on_report(report); },
    [this](const restart_due& due) { on_restart(due); },
    [this](const close_down&) { on_close(); },
  };
}

void target_actor::on_exit() {
  permits_->on_return(nullptr);
  for (auto& [database, kept] : children_) {
    if (kept.handle) {
      caf::anon_send_exit(kept.handle, caf::exit_reason::kill);
    }
  }
  children_.clear();
}

std::string target_actor::label_of(const std::string& database) const {
  return database.empty() ? label(*who_) : label(*who_) + "/" + database;
}

void target_actor::start(const std::string& database) {
  database_assignment what;
  what.shared = shared_;
  what.who = who_;
  what.database = database;
  what.instance = database.empty();
  what.target = caf::actor_cast<caf::actor>(this);
  auto& kept = children_[database];
  kept.handle = system().spawn<database_actor>(std::move(what));
  kept.pace.started(shared_->clock->mono());
  kept.restarting = false;
  kept.leaving = false;
  by_id_[kept.handle.id()] = database;
  shared_->databases.put(label_of(database), kept.handle);
  cafc::watch(this, kept.handle);
}

void target_actor::on_down(caf::actor_id id, const std::string& why) {
  const auto known = by_id_.find(id);
  if (known == by_id_.end()) {
    return;
  }
  const auto database = known->second;
  by_id_.erase(known);
  shared_->databases.remove(label_of(database));
  const auto kept = children_.find(database);
  if (kept == children_.end()) {
    return;
  }
  if (closing_ || kept->second.leaving) {
    if (!closing_) {
      say_gone(database);
    }
    children_.erase(kept);
    if (closing_ && children_.empty()) {
      leave();
    }
    return;
  }
  kept->second.handle = nullptr;
  kept->second.restarting = true;
  if (!database.empty()) {
    trouble_.failing[database] = "its actor ended; it is started again";
  }
  shared_->metrics->actor_restarted("database");
  const auto wait =
    kept->second.pace.after_end(shared_->clock->mono(), respawn, 0.5);
  shared_->log->log(
    log_level::error, "a database actor ended; it is started again",
    {{"target", label(*who_)}, {"database", database}, {"why", why}});
  const auto self = caf::actor_cast<caf::actor>(this);
  shared_->loop->start_timer(shared_->clock->mono() + wait, [self, database] {
    cafc::tell(self, restart_due{database});
  });
}

void target_actor::on_restart(const restart_due& due) {
  const auto kept = children_.find(due.child);
  if (!closing_ && kept != children_.end() && kept->second.restarting) {
    start(due.child);
  }
}

void target_actor::on_found(const databases_found& found) {
  if (closing_) {
    return;
  }
  trouble_.absent = found.absent;
  trouble_.turned_away = found.turned_away;
  std::map<std::string, std::int64_t> oids;
  for (const auto& one : *found.list) {
    oids[one.name] = one.oid;
    if (children_.count(one.name) == 0) {
      start(one.name);
      children_[one.name].oid = one.oid;
    }
  }
  for (auto at = children_.begin(); at != children_.end();) {
    auto& [database, kept] = *at;
    const auto there = oids.find(database);
    const auto gone =
      !database.empty() && (there == oids.end() || there->second != kept.oid);
    if (gone) {
      trouble_.failing.erase(database);
    }
    // One that runs is kept until it has ended: it is counted, waited for and
    // killed like the others, and a new one of its name comes after it.
    if (gone && kept.handle && !kept.leaving) {
      kept.leaving = true;
      shared_->log->log(log_level::info,
                        there == oids.end()
                          ? "a database is gone"
                          : "a database was replaced by one of its name",
                        {{"target", label(*who_)}, {"database", database}});
      cafc::tell(kept.handle, close_down{});
    }
    if (gone && !kept.handle) {
      say_gone(database);
      at = children_.erase(at);
    } else {
      ++at;
    }
  }
}

void target_actor::say_gone(const std::string& database) {
  // Its last observation was sent before it ended, so it is ahead of this.
  cafc::tell(shared_->stages->find(who_->lane, stage::fingerprint),
             forget_gone{who_->described->hash, database});
}

void target_actor::on_permit_wanted(const permit_wanted& wanted) {
  if (wanted.database.empty()) {
    held_wanted_ = true;
  } else if (std::find(waiting_.begin(), waiting_.end(), wanted.database)
             == waiting_.end()) {
    waiting_.push_back(wanted.database);
  }
  grant_all();
}

/// False: no permit now.
bool target_actor::grant(const std::string& database) {
  const auto kept = children_.find(database);
  if (kept == children_.end() || !kept->second.handle) {
    // Who asked has ended.
    return true;
  }
  auto permit =
    database.empty() ? permits_->take_held() : permits_->take_transient();
  if (permit == nullptr) {
    return false;
  }
  cafc::tell(kept->second.handle, permit_granted{std::move(permit)});
  return true;
}

void target_actor::grant_all() {
  if (held_wanted_ && grant("")) {
    held_wanted_ = false;
  }
  while (!waiting_.empty() && grant(waiting_.front())) {
    waiting_.pop_front();
  }
}

void target_actor::on_report(const cycle_report& report) {
  cost_ += report.cost;
  points_ += report.points;
  if (report.instance) {
    latest_ = report.status;
    if (is_down()) {
      // What its end does to the others is told by it; they are tried again.
      trouble_.failing.clear();
    }
  } else if (const auto kept = children_.find(report.database);
             report.trouble.empty() || is_down() || kept == children_.end()
             || kept->second.leaving) {
    trouble_.failing.erase(report.database);
  } else {
    trouble_.failing[report.database] = report.trouble;
  }
  if (latest_ == nullptr) {
    return;
  }
  auto shown = std::make_shared<target_status>(*latest_);
  shown->databases = children_.size();
  shown->points = points_;
  shown->total_cost = cost_;
  add_trouble(*shown);
  shared_->board.publish(std::move(shown));
}

bool target_actor::is_down() const {
  return latest_ != nullptr && latest_->state == "down";
}

void target_actor::add_trouble(target_status& shown) {
  if (is_down()) {
    return;
  }
  const auto words = describe(trouble_);
  if (words.empty()) {
    if (std::exchange(troubled_since_, std::nullopt)) {
      shared_->log->log(log_level::info, "all databases are collected",
                        {{"target", label(*who_)}});
    }
    return;
  }
  if (!troubled_since_) {
    troubled_since_ = shared_->clock->wall();
    shared_->log->log(log_level::warning, "not all databases are collected",
                      {{"target", label(*who_)}, {"reason", words}});
  }
  if (shown.state == "up") {
    shown.state = "degraded";
    shown.state_since = std::max(shown.state_since, *troubled_since_);
  }
  if (shown.state == "degraded") {
    shown.reason += (shown.reason.empty() ? "" : "; ") + words;
  }
}

void target_actor::leave() {
  say_gone("");
  quit();
}

void target_actor::on_close() {
  closing_ = true;
  if (children_.empty()) {
    leave();
    return;
  }
  std::vector<std::string> never_started;
  for (auto& [database, kept] : children_) {
    if (kept.handle) {
      cafc::tell_urgent(kept.handle, close_down{});
    } else {
      never_started.push_back(database);
    }
  }
  for (const auto& database : never_started) {
    children_.erase(database);
  }
  if (children_.empty()) {
    leave();
  }
}

} // namespace pgmuster
